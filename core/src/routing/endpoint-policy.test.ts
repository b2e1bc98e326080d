import { describe, expect, it } from 'vitest';
import { EndpointRules } from './endpoint-policy.js';

const tenants = (): boolean => false;
const operators = (): boolean => true;

describe('endpoints of tenants', () => {
  const rules = new EndpointRules({});

  it.each([
    ['a loopback address', '127.0.0.1', '127.255.255.254', '::1'],
    ['an unspecified address', '0.0.0.0', '0.1.2.3', '::'],
    ['a link-local address', '169.254.0.1', '169.254.255.255', 'fe80::1', 'febf::1'],
    [
      "the address of a cloud's metadata",
      '169.254.169.254',
      '169.254.170.2',
      '100.100.100.200',
      '168.63.129.16',
      'fd00:ec2::254',
      'fd20:ce::254',
    ],
    ['a multicast address', '224.0.0.1', '239.255.255.255', 'ff02::1'],
    ['a broadcast address', '255.255.255.255'],
    ['a reserved address', '240.0.0.1'],
  ])('may not lead to %s', (name, ...addresses) => {
    for (const address of addresses) expect(rules.refusal(address, 80, tenants), address).toContain(name);
  });

  it.each([
    '::ffff:7f00:1',
    '::ffff:a9fe:a9fe',
    '::ffff:0:7f00:1',
    '::7f00:1',
    '64:ff9b::7f00:1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::7f00:1',
    '64:ff9b:1:7f00:0:100::',
    '2002:7f00:1::',
    '2002:a9fe:a9fe::1',
    '::ffff:ffff:ffff',
  ])('may not lead there by %s, an address of IPv6 that carries one of IPv4', (address) => {
    expect(rules.refusal(address, 80, tenants)).toContain('no place for a server');
  });

  it.each([
    '10.0.0.1',
    '100.64.0.1',
    '126.255.255.255',
    '128.0.0.1',
    '169.253.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '203.0.113.7',
    '223.255.255.255',
    '2001:db8::1',
    'fd00:1::1',
    '::ffff:a00:1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
  ])('may lead to %s', (address) => {
    expect(rules.refusal(address, 80, tenants)).toBeUndefined();
  });
});

describe('endpoints of the operator', () => {
  it('may lead anywhere', () => {
    const rules = new EndpointRules({});
    for (const address of ['127.0.0.1', '::1', '169.254.169.254', '0.0.0.0', '::ffff:7f00:1'])
      expect(rules.refusal(address, 80, operators)).toBeUndefined();
  });
});

describe('where HAProxy and its controller listen', () => {
  const rules = new EndpointRules({
    own: { addresses: ['10.0.0.7', '2001:DB8:0::7', '::ffff:10.0.0.8', 'fe80::7%eth0', 'no address'], ports: [1024, 6060] },
  });
  const own = [
    '10.0.0.7',
    '10.0.0.8',
    '2001:db8::7',
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '::1',
    '::',
    '::ffff:a00:7',
    '64:ff9b::7f00:1',
    'fe80::7',
  ];

  it.each(own)('%s is no server for anybody', (address) => {
    for (const who of [tenants, operators]) expect(rules.refusal(address, 1024, who)).toContain('listens itself');
  });

  it('other ports of these addresses are for the operator, and other addresses for all', () => {
    for (const address of own) expect(rules.refusal(address, 8080, operators), address).toBeUndefined();
    expect(rules.refusal('10.0.0.7', 8080, tenants)).toBeUndefined();
    expect(rules.refusal('10.0.0.9', 1024, tenants)).toBeUndefined();
  });

  it('asks whose an endpoint is only where that makes a difference', () => {
    const asked = (): boolean => {
      throw new Error('asked');
    };
    expect(rules.refusal('10.1.2.3', 1024, asked)).toBeUndefined();
    expect(rules.refusal('2001:db8::9', 80, asked)).toBeUndefined();
  });
});
