import { describe, expect, it } from 'vitest';
import { explainRefusal } from './refusal-words.js';

const inHeader = "error detected in backend 'app' while parsing 'http-request set-header' rule : ";
const expression = `${inHeader}failed to parse sample expression '…' : `;

describe('explainRefusal', () => {
  it.each([
    [`${expression}unknown fetch method 'nosuchfetch'.`, 'In "http-request set-header": HAProxy knows no sample fetch "nosuchfetch".'],
    [`${expression}unknown fetch method '…'.`, 'In "http-request set-header": A sample fetch is not known to HAProxy.'],
    [`${expression}unknown converter 'nosuch'.`, 'In "http-request set-header": HAProxy knows no converter "nosuch".'],
    [
      `${expression}converter 'ipmask' cannot be applied.`,
      'In "http-request set-header": The converter "ipmask" does not take the type of what stands before it.',
    ],
    [
      `${expression}invalid arg 1 in converter 'field' : failed to parse '…' as type '…' at position…`,
      'In "http-request set-header": The arguments of the converter "field" are not what it expects.',
    ],
    [
      "error detected while parsing ACL '…' : matching method '…' cannot be used with fetch keyword 'req.hdrs_bin'.",
      'The matching method does not take the type of "req.hdrs_bin".',
    ],
    [
      `${inHeader}sample fetch '…' may not be reliably used here because it needs '…' which is not available here.`,
      'In "http-request set-header": An expression reads what is not there yet, such as the response in a rule for requests.',
    ],
    [
      "error detected in backend 'app' while parsing 'http-request replace-path' rule : failed to parse the regex : regex '…' is invalid (error=missing closing parenthesis, erroffset=4).",
      'In "http-request replace-path": A regular expression is not valid: missing closing parenthesis.',
    ],
    [`${inHeader}missing '…' after '…'.`, 'In "http-request set-header": A bracket, brace or parenthesis is not closed.'],
    ["too many words, truncating after word 64, position 302: '…'.", 'A line has more than 64 words. Spread them over several lines.'],
    ["unknown keyword 'frobnicate' in 'backend' section", 'HAProxy knows no keyword "frobnicate" in a backend.'],
    ["'server' : unknown keyword 'frobnicate'.", 'HAProxy knows no keyword "frobnicate" there.'],
    ['unmatched quote at position 31:', 'A quotation mark is not closed.'],
    ["backend 'app', another server named '…' was already defined", 'Two servers of one backend have the same name.'],
    ["Proxy 'f': unable to find required use_backend: 'nope'.", 'It names the backend "nope", which is not there.'],
    ["inconsistencies between private key and certificate loaded 'certs/a.pem'.", 'The private key does not belong to the certificate.'],
    [
      "'bind' in section 'frontend' : unable to load SSL certificate into SSL Context 'certs/a.pem': ee key too small.",
      'The key of the certificate is too short. Expected RSA of 2048 bits or more, or a curve such as P-256.',
    ],
    [
      "'bind' in section 'frontend' : unable to load SSL certificate into SSL Context 'certs/a.pem': ca md too weak.",
      'The certificate is signed with a hash that is too weak. Expected SHA-256 or better.',
    ],
    [
      "'bind' in section 'frontend' : unable to load SSL certificate into SSL Context 'certs/a.pem'.",
      'The TLS library refuses the certificate: its key is too short, or its curve or signature too weak.',
    ],
    [
      "unable to load certificate from file 'certs/a.pem': no start line.",
      'The certificate cannot be read. Expected PEM, the certificate first.',
    ],
    [
      "'server' : Couldn't open the ca-file 'certs/ca.pem' (no certificate or crl found).",
      'The certificates of the authority cannot be read. Expected one or more in PEM.',
    ],
    [
      "the encrypted password used for user '…' is not supported by crypt(3).",
      'The hash of a password is of a kind that this machine does not know. Expected one of crypt(3), such as $5$ or $6$.',
    ],
    [
      "error detected while parsing an 'http-request deny' condition : '…' is not a valid IPv4 or IPv6 address at line 2 of file 'lists/a.lst'.",
      'In "http-request deny": Expected an IP address or a network, such as 192.0.2.0/24.',
    ],
  ])('says what is expected: %s', (text, meaning) => {
    expect(explainRefusal(text)).toBe(meaning);
  });

  it('hands back what it has no words for', () => {
    expect(explainRefusal('the moon is in the wrong phase.')).toBe('the moon is in the wrong phase.');
  });
});
