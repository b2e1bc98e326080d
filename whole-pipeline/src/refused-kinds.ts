import { type AnyFamily, boolean, configMapRef, type Directive, family, haproxy, type Plugin, raw, Regex, text } from '@signalbox/core';

/** A family that trusts a value more than it should: what it says only HAProxy can judge. */
function trusting(name: string, add: (value: string) => readonly Directive[]): AnyFamily {
  return family({
    name,
    scopes: ['global', 'ingress'],
    on: 'route',
    keys: { [name]: text({ doc: 'For tests.' }) },
    apply(values, { route }) {
      const value = (values as Readonly<Record<string, string | undefined>>)[name];
      if (value !== undefined) for (const directive of add(value)) route.add(directive);
    },
  });
}

/** Annotations `refused.test/…` whose values reach HAProxy as its own language. */
export const trustingPlugin: Plugin = {
  name: 'trusting',
  annotations: [
    {
      prefixes: ['refused.test/'],
      configMap: 'ops/settings',
      families: [
        trusting('header-expression', (value) => raw(`http-request set-header X-Value %[${value}]`, 'test')),
        trusting('variable', (value) => raw(`http-request set-var(txn.value) ${value}`, 'test')),
        trusting('path-regex', (value) => [haproxy`http-request replace-path ${new Regex(value)} /x`]),
        trusting('line', (value) => raw(`http-request ${value}`, 'test')),
        family({
          name: 'lines-of',
          scopes: ['ingress'],
          on: 'route',
          keys: { 'lines-of': configMapRef({ doc: 'For tests: a ConfigMap with a line.' }) },
          apply({ 'lines-of': found }, { route }) {
            const text = found?.object.data?.['line'];
            if (text !== undefined) for (const directive of raw(`http-request ${text}`, 'test')) route.add(directive);
          },
        }),
        family({
          name: 'members-only',
          scopes: ['ingress'],
          on: 'route',
          keys: { 'members-only': boolean({ guard: true, doc: 'For tests: nobody passes.' }) },
          apply({ 'members-only': isOn }, { route }) {
            if (isOn === true) route.add(haproxy`http-request deny deny_status 401`);
          },
        }),
      ],
    },
  ],
};

/** Values that our own checks let through and HAProxy refuses, by what is wrong with them. */
export const refusedValues: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'an unknown sample fetch in a header value': { 'refused.test/header-expression': 'no_such_fetch(x)' },
  'an unknown converter': { 'refused.test/header-expression': 'path,no_such_converter' },
  'a bad regular expression': { 'refused.test/path-regex': 'a{2,1}' },
  'an expression of a wrong type': { 'refused.test/variable': 'bool(true),ipmask(24)' },
  'a snippet with a syntax error': { 'refused.test/line': 'set-header X-Only-A-Name' },
  'an unknown action': { 'refused.test/line': 'no-such-action now' },
};

/** A certificate that is good for us and signed with SHA-1, which HAProxy's TLS library refuses. For `weak.example`, until 2126. */
export const weaklySigned = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIBgTCCASigAwIBAgIUD5OFXIwVOjQLHwN5Q7hBhlzew+0wCQYHKoZIzj0EATAN
MQswCQYDVQQDDAJjYTAgFw0yNjExMjIyMjU4MzNaGA8yMTI2MTAyOTIyNTgzM1ow
FzEVMBMGA1UEAwwMd2Vhay5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD
QgAElzhbXVPmY5kBxhNnmSFXTeWJVBwaJ0qrdj3gJXByhaBDWzWfssGYLHSsCvII
QGrWfmj3j5nNBVxk90ewMp0wqKNbMFkwFwYDVR0RBBAwDoIMd2Vhay5leGFtcGxl
MB0GA1UdDgQWBBRBspTAldAsxjIM89soPkWP0/IUNDAfBgNVHSMEGDAWgBQpklfu
+2H+aOfYFdidFZeTIXn7rDAJBgcqhkjOPQQBA0gAMEUCIQDSt6vSkTP3b01CNsTC
GWm6e/OMmIIZHFsi1B6v6e1ruQIgGJLuEyLaOgqcDcbnBrt+4aRzVU7jzbFoTNx5
EKA1G9w=
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg0davV5HHqwHIAHeN
tc6/LXWAc8Ua7OjatTf7HAxnKuChRANCAASXOFtdU+ZjmQHGE2eZIVdN5YlUHBon
Sqt2PeAlcHKFoENbNZ+ywZgsdKwK8ghAatZ+aPePmc0FXGT3R7AynTCo
-----END PRIVATE KEY-----
`,
} as const;

/** A certificate and its key that belong together, but of a kind (X25519) with which no TLS server can sign. Every HAProxy refuses it. */
export const unservable = {
  certificate: `-----BEGIN CERTIFICATE-----
MIICEzCB/KADAgECAhR5VKcQHl81a4hu6OLrL6osb/uevTANBgkqhkiG9w0BAQsF
ADANMQswCQYDVQQDDAJjYTAgFw0yNjExMjkxMzU3MThaGA8yMTI2MTEwNTEzNTcx
OFowFzEVMBMGA1UEAwwMd2Vhay5leGFtcGxlMCowBQYDK2VuAyEAYFGZjZe6oHU8
HhIpEFKo2pMWZdUfIlJwHMG7edFlxnujWjBYMBYGA1UdEQQPMA2CC2JhZC5leGFt
cGxlMB0GA1UdDgQWBBRJMqvwDOtJwMUdbvX1I2ej2QuuoTAfBgNVHSMEGDAWgBQD
il+c/2PME5z47BcU9vKvkdzYNTANBgkqhkiG9w0BAQsFAAOCAQEAb0A3U2G9hzf2
lzeVBZMjz2RkH5XvXXO22ur+B36eVLpk9SucvD7GHIzzf/qE74K/TCp4ICCSNqAt
2OlCEKalVBtoXwW6ftJY62riqsI0Ytigy4CCY0ujCyPOhALoky4syAxTGgiNiFjM
TW+/EhWhzDubLg8Qn3MJZgKmx2jAhQyzmuMi5bDuVDMEyp25HzQdvIXdUpW4dS4p
pmlXKouCnaYSRHRFewEBriNzGsPge3Wevy4v3tMszMeVxd8Jx+sxXmwZswMrWkVJ
PMI6YjOTgRs3gU6bkwznxEfLw+XANfLjyMcDAFeviWf0J4FUiRrX7KXp0qC10WVv
tgvJAR2RUQ==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VuBCIEIFAsdTh4mh6YPR1MbUgdKiJ7RJLl4capdznIO5TWrChx
-----END PRIVATE KEY-----
`,
};
