/** What the API server takes as names, and how messages describe it. @see {@link https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ | Kubernetes: names} */

const label = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const labelPattern = new RegExp(`^${label}$`);
const subdomainPattern = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const qualifiedPattern = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const controllerPathPattern = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

export const dnsLabel = 'a DNS label (lower-case letters, digits and "-", 63 characters at most)';
export const dnsSubdomain = 'a DNS name (lower-case letters, digits, "-" and ".", 253 characters at most)';
export const hostName = 'a host name in lower case without port or address, with "*." in front for one level of subdomains';
export const portName = 'a port name (15 lower-case letters, digits or single "-" at most, one of them a letter)';

export function isDnsLabel(value: string): boolean {
  return labelPattern.test(value);
}

export function isDnsSubdomain(value: string): boolean {
  return value.length <= 253 && subdomainPattern.test(value);
}

export function isPortName(value: string): boolean {
  return value.length <= 15 && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(value) && /[a-z]/.test(value) && !value.includes('--');
}

/** A label's or annotation's key: `name` or `dns.name/name`. */
export function isQualifiedName(value: string): boolean {
  const slash = value.indexOf('/');
  const name = value.slice(slash + 1);
  return (slash < 0 || isDnsSubdomain(value.slice(0, slash))) && name.length <= 63 && qualifiedPattern.test(name);
}

export function isLabelValue(value: string): boolean {
  return value === '' || (value.length <= 63 && qualifiedPattern.test(value));
}

/** The controller of an IngressClass: `dns.name/path`. */
export function isControllerName(value: string): boolean {
  const slash = value.indexOf('/');
  return value.length <= 250 && slash > 0 && isDnsSubdomain(value.slice(0, slash)) && controllerPathPattern.test(value.slice(slash + 1));
}

/** A key of a ConfigMap's or Secret's data. */
export function isDataKey(value: string): boolean {
  return value.length <= 253 && /^[-._a-zA-Z0-9]+$/.test(value) && value !== '.' && !value.startsWith('..');
}
