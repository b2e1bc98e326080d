import { afterAll, describe, expect, test } from 'vitest';

import { SecretText } from '../../secret-text.js';
import { renderDirective } from './directive.js';
import type { Directive } from './directive.js';
import { Duration } from './duration.js';
import { condition, haproxy, logFormat, sample } from './haproxy.js';
import { Name } from './name.js';
import { Path } from './path.js';
import { Regex } from './regex.js';
import { renderSection } from './render-section.js';
import type { SectionKind } from './render-section.js';
import { LiveHaproxy, findHaproxy } from './test-support/live-haproxy.js';

const evil = 'a "b" %[src] $X \\1';
const program = findHaproxy();
const checker = new LiveHaproxy(program ?? '');
afterAll(() => checker.stop());

const list = new Path(checker.write('list', '10.0.0.1\n'));
const map = new Path(checker.write('map', 'a b\n'));

type Row = readonly [directive: Directive, text: string];

/** Each kind of place; all that is written here is also accepted by HAProxy. */
const places: Readonly<Partial<Record<SectionKind, readonly Row[]>>> = {
  global: [
    [haproxy`maxconn ${2000}`, 'maxconn 2000'],
    [haproxy`nbthread ${1}`, 'nbthread 1'],
    [haproxy`tune.bufsize ${32768}`, 'tune.bufsize 32768'],
    [haproxy`hard-stop-after ${new Duration(1_800_000)}`, 'hard-stop-after 30m'],
    [haproxy`log ${'127.0.0.1'}:${514} len ${4096} format ${'rfc5424'} ${'local0'} ${['notice', 'err']}`, 'log 127.0.0.1:514 len 4096 format rfc5424 local0 notice err'],
    [haproxy`stats socket ${new Path('/tmp/stats.sock')} mode ${600} level ${'admin'} expose-fd listeners`, 'stats socket /tmp/stats.sock mode 600 level admin expose-fd listeners'],
    [haproxy`ssl-default-bind-options ssl-min-ver ${'TLSv1.2'} ${['no-tls-tickets']}`, 'ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets'],
    [haproxy`setenv ${'NAME'} ${'a "b'}`, 'setenv NAME "a \\x22b"'],
    [haproxy`set-var ${'proc.x'} str(${'a b'})`, 'set-var proc.x "str(\\x22a b\\x22)"'],
    [haproxy`localpeer ${'me'}`, 'localpeer me'],
  ],
  userlist: [
    [haproxy`group ${'g1'} users ${'joe'}`, 'group g1 users joe'],
    [haproxy`user ${'joe'} insecure-password ${new SecretText('p "w')}`, 'user joe insecure-password "p \\x22w"'],
  ],
  peers: [[haproxy`peer ${'me'} ${'127.0.0.1:10000'}`, 'peer me 127.0.0.1:10000']],
  resolvers: [
    [haproxy`nameserver ${'ns1'} ${'10.0.0.2:53'}`, 'nameserver ns1 10.0.0.2:53'],
    [haproxy`hold ${'valid'} ${new Duration(10_000)}`, 'hold valid 10s'],
    [haproxy`timeout resolve ${'1s'}`, 'timeout resolve 1s'],
  ],
  cache: [
    [haproxy`total-max-size ${4}`, 'total-max-size 4'],
    [haproxy`max-age ${240}`, 'max-age 240'],
  ],
  frontend: [
    [haproxy`mode http`, 'mode http'],
    [haproxy`bind ${'[::1]'}:${18080} name ${'x'} ${['v6only', 'defer-accept']}`, 'bind [::1]:18080 name x v6only defer-accept'],
    [haproxy`bind unix@${new Path('/tmp/x.sock')} mode ${600}`, 'bind unix@/tmp/x.sock mode 600'],
    [haproxy`timeout client ${new Duration(1500)}`, 'timeout client 1500ms'],
    [haproxy`timeout ${'http-request'} ${5}s`, 'timeout http-request 5s'],
    [haproxy`log-format ${logFormat`%ci:%cp [%tr] ${evil} %ft %{+Q}r`}`, 'log-format "%ci:%cp [%tr] a \\x22b\\x22 %%[src] \\x24X \\x5c1 %ft %{+Q}r"'],
    [haproxy`unique-id-format ${logFormat`%{+X}o%ci:%cp`}-${'x'}`, 'unique-id-format %{+X}o%ci:%cp-x'],
    [haproxy`unique-id-header ${'X-Request-ID'}`, 'unique-id-header X-Request-ID'],
    [haproxy`option forwardfor except ${'127.0.0.1'} header ${'X-Client'}`, 'option forwardfor except 127.0.0.1 header X-Client'],
    [haproxy`no option ${'logasap'}`, 'no option logasap'],
    [haproxy`monitor-uri ${'/health z'}`, 'monitor-uri "/health z"'],
    [haproxy`stats uri ${'/stats'}`, 'stats uri /stats'],
    [haproxy`stats realm ${'my "realm'}`, 'stats realm "my \\x22realm"'],
    [haproxy`stats auth ${'u:p'}`, 'stats auth u:p'],
    [haproxy`stats refresh ${new Duration(10_000)}`, 'stats refresh 10s'],
    [haproxy`declare capture request len ${64}`, 'declare capture request len 64'],
    [haproxy`capture request header ${'Host'} len ${20}`, 'capture request header Host len 20'],
    [haproxy`compression algo ${['gzip', 'deflate']}`, 'compression algo gzip deflate'],
    [haproxy`compression type ${['text/html', 'text/css']}`, 'compression type text/html text/css'],
    [haproxy`stick-table type ip size ${'100k'} expire ${new Duration(60_000)} store http_req_rate(${new Duration(1000)}),gpc0`, 'stick-table type ip size 100k expire 1m store http_req_rate(1s),gpc0'],
    [haproxy`tcp-request inspect-delay ${new Duration(5000)}`, 'tcp-request inspect-delay 5s'],
    [haproxy`tcp-request connection reject if { src ${['10.0.0.0/8', 'fe80::/10']} } !{ src -f ${list} }`, `tcp-request connection reject if { src 10.0.0.0/8 fe80::/10 } !{ src -f ${list.text} }`],
    [haproxy`tcp-request content capture req.ssl_sni len ${100}`, 'tcp-request content capture req.ssl_sni len 100'],
    [haproxy`tcp-request content set-var(sess.${'x'}) str(${evil})`, 'tcp-request content set-var(sess.x) "str(\\x22a \\x5c\\x22b\\x5c\\x22 %[src] \\x24X \\x5c\\x5c1\\x22)"'],
    [haproxy`acl ${'is_api'} path_beg ${['/api', '/v1 x']}`, 'acl is_api path_beg /api "/v1 x"'],
    [haproxy`acl ${new Name('flag')} req.hdr(${'x-a,b'}) -i -m str ${['-i', '}']}`, 'acl flag "req.hdr(\\x22x-a,b\\x22)" -i -m str -- -i }'],
    [haproxy`acl rx path_reg ^/${'a.b'}(/|$)`, 'acl rx path_reg "^/a\\x5c.b(/|\\x24)"'],
    [haproxy`acl rx path -m reg ${[new Regex('^/a|b$'), 'c+']}`, 'acl rx path -m reg "^/a|b\\x24" "c\\x5c+"'],
    [haproxy`acl many ${sample`src_http_req_rate(in)`} gt ${-5}`, 'acl many src_http_req_rate(in) gt -5'],
    [haproxy`acl range req.hdr_cnt(x) ${'1:5'}`, 'acl range req.hdr_cnt(x) 1:5'],
    [haproxy`http-request track-sc${0} src table ${'in'}`, 'http-request track-sc0 src table in'],
    [haproxy`http-request deny deny_status ${429} if { sc_http_req_rate(${0}) gt ${10} }`, 'http-request deny deny_status 429 if { sc_http_req_rate(0) gt 10 }'],
    [haproxy`http-request deny deny_status 503 hdr Retry-After ${'5 %'} if ${condition`is_api or rx`} !many`, 'http-request deny deny_status 503 hdr Retry-After "5 %%" if is_api !many or rx !many'],
    [haproxy`http-request deny unless ${'is_api'} || !{ src ${'::1'} }`, 'http-request deny unless is_api or !{ src ::1 }'],
    [haproxy`http-request set-header ${'X-A'} ${evil}`, 'http-request set-header X-A "a \\x22b\\x22 %%[src] \\x24X \\x5c1"'],
    [haproxy`http-request set-header X-A '${'it'}"s' if TRUE`, 'http-request set-header X-A "it\\x22s" if TRUE'],
    [haproxy`http-request add-header X-B "v=%[req.hdr(${'a)b'}),lower]; ${'100%'}"`, 'http-request add-header X-B "v=%[req.hdr(\\x22a)b\\x22),lower]; 100%%"'],
    [haproxy`http-request add-header X-C ${sample`path,field(${2},/)`}`, 'http-request add-header X-C %[path,field(2,/)]'],
    [haproxy`http-request del-header ${'X-D'}`, 'http-request del-header X-D'],
    [haproxy`http-request set-header X-Empty ${''}`, 'http-request set-header X-Empty %[str()]'],
    [haproxy`http-request replace-header ${'Cookie'} (^|;)${'a.b'}=[^;]* ${'x\\1'}\1`, 'http-request replace-header Cookie "(^|;)a\\x5c.b=[^;]*" "x\\x5c\\x5c1\\x5c1"'],
    [haproxy`http-request replace-value X-A ${new Regex('a|b')}+ c`, 'http-request replace-value X-A (?:a|b)+ c'],
    [haproxy`http-request replace-path ^/old/(.*)$ /${'new'}/\1`, 'http-request replace-path ^/old/(.*)$ "/new/\\x5c1"'],
    [haproxy`http-request set-path ${'/x y'}`, 'http-request set-path "/x y"'],
    [haproxy`http-request set-query ${'a=1'}&%[query]`, 'http-request set-query a=1&%[query]'],
    [haproxy`http-request set-method ${'GET'}`, 'http-request set-method GET'],
    [haproxy`http-request set-uri ${logFormat`http://h%[path]`}`, 'http-request set-uri http://h%[path]'],
    [haproxy`http-request redirect location ${'https://x/%'}%[path] code ${308} if is_api`, 'http-request redirect location https://x/%%%[path] code 308 if is_api'],
    [haproxy`http-request redirect scheme https code ${301} unless { ssl_fc }`, 'http-request redirect scheme https code 301 unless { ssl_fc }'],
    [haproxy`redirect prefix ${'//x'} if is_api`, 'redirect prefix //x if is_api'],
    [haproxy`http-request return status ${200} content-type ${'text/plain'} string ${evil} hdr ${'X-A'} ${'%'}`, 'http-request return status 200 content-type text/plain string "a \\x22b\\x22 %[src] \\x24X \\x5c1" hdr X-A %%'],
    [haproxy`http-request return status 200 content-type text/plain lf-string ${'%'} if rx`, 'http-request return status 200 content-type text/plain lf-string %% if rx'],
    [haproxy`http-request return status 200 content-type text/plain file ${list} if rx`, `http-request return status 200 content-type text/plain file ${list.text} if rx`],
    [haproxy`http-request set-var(txn.${'v'}) path,map_str(${map},${'a b'})`, `http-request set-var(txn.v) "path,map_str(${map.text},\\x22a b\\x22)"`],
    [haproxy`http-request set-var-fmt(txn.f) ${'%'}%[path]`, 'http-request set-var-fmt(txn.f) %%%[path]'],
    [haproxy`http-request set-var(txn.r) path,regsub(${'a.b'},${'\\1'},g)`, 'http-request set-var(txn.r) "path,regsub(\\x22a\\x5c\\x5c.b\\x22,\\x22\\x5c\\x5c\\x5c\\x5c1\\x22,g)"'],
    [haproxy`http-request set-map(${map}) ${'k'} %[src]`, `http-request set-map(${map.text}) k %[src]`],
    [haproxy`http-request set-src ${sample`req.hdr(x-ip)`}`, 'http-request set-src req.hdr(x-ip)'],
    [haproxy`http-request set-log-level ${'silent'} if rx`, 'http-request set-log-level silent if rx'],
    [haproxy`http-request auth realm ${'my "realm'} unless { http_auth(${'users'}) }`, 'http-request auth realm "my \\x22realm" unless { http_auth(users) }'],
    [haproxy`http-request capture req.hdr(${'host'}) id ${0}`, 'http-request capture req.hdr(host) id 0'],
    [haproxy`http-request sc-set-gpt0(${0}) ${5} if rx`, 'http-request sc-set-gpt0(0) 5 if rx'],
    [haproxy`http-request cache-use ${'c'} if rx`, 'http-request cache-use c if rx'],
    [haproxy`http-response cache-store ${'c'}`, 'http-response cache-store c'],
    [haproxy`http-response set-status ${404} reason ${'Not here'}`, 'http-response set-status 404 reason "Not here"'],
    [haproxy`http-response set-header Strict-Transport-Security "max-age=${15}; includeSubDomains"`, 'http-response set-header Strict-Transport-Security "max-age=15; includeSubDomains"'],
    [haproxy`http-after-response set-header ${'X-A'} ${'b'} if { status ${200} }`, 'http-after-response set-header X-A b if { status 200 }'],
    [haproxy`use_backend ${'be'} if is_api !{ req.hdr(host),lower -m str ${'a b'} }`, 'use_backend be if is_api !{ req.hdr(host),lower -m str "a b" }'],
    [haproxy`use_backend ${sample`var(txn.b)`} if { var(txn.b) -m found }`, 'use_backend %[var(txn.b)] if { var(txn.b) -m found }'],
    [haproxy`use_backend be_%[path,field(${2},/)] if rx`, 'use_backend be_%[path,field(2,/)] if rx'],
    [haproxy`default_backend ${'be'}`, 'default_backend be'],
    [haproxy`errorfile ${503} ${new Path('/dev/null')}`, 'errorfile 503 /dev/null'],
  ],
  backend: [
    [haproxy`mode http`, 'mode http'],
    [haproxy`balance ${'leastconn'}`, 'balance leastconn'],
    [haproxy`balance hdr(${'X-User'})`, 'balance hdr(X-User)'],
    [haproxy`balance ${['url_param', 'id']}`, 'balance url_param id'],
    [haproxy`balance uri len ${3} depth ${2}`, 'balance uri len 3 depth 2'],
    [haproxy`balance random(${2})`, 'balance random(2)'],
    [haproxy`hash-type ${['consistent', 'sdbm', 'avalanche']}`, 'hash-type consistent sdbm avalanche'],
    [haproxy`cookie ${'SRV'} insert indirect nocache domain ${'.x.org'} maxidle ${new Duration(30_000)} ${['httponly', 'secure']}`, 'cookie SRV insert indirect nocache domain .x.org maxidle 30s httponly secure'],
    [haproxy`dynamic-cookie-key ${'k e y'}`, 'dynamic-cookie-key "k e y"'],
    [haproxy`option httpchk ${'HEAD'} ${'/a b'}`, 'option httpchk HEAD "/a b"'],
    [haproxy`http-check send meth ${'GET'} uri ${'/x'} hdr ${'Host'} ${'a%b'} body ${'{"a"}'}`, 'http-check send meth GET uri /x hdr Host a%%b body "{\\x22a\\x22}"'],
    [haproxy`http-check expect status ${200}`, 'http-check expect status 200'],
    [haproxy`timeout server ${new Duration(60_000)}`, 'timeout server 1m'],
    [haproxy`timeout connect ${'5s'}`, 'timeout connect 5s'],
    [haproxy`retries ${3}`, 'retries 3'],
    [haproxy`retry-on ${['conn-failure', '503']}`, 'retry-on conn-failure 503'],
    [haproxy`fullconn ${100}`, 'fullconn 100'],
    [haproxy`http-reuse ${'safe'}`, 'http-reuse safe'],
    [haproxy`http-request set-timeout server ${new Duration(2000)}`, 'http-request set-timeout server 2s'],
    [haproxy`http-request set-timeout tunnel ${sample`var(txn.t)`}`, 'http-request set-timeout tunnel var(txn.t)'],
    [haproxy`stick on req.cook(${'a b'}) table ${'in'}`, 'stick on "req.cook(\\x22a b\\x22)" table in'],
    [haproxy`default-server check inter ${new Duration(2000)} fall ${3} rise ${2} maxconn ${50} ${['init-addr', 'last,none']}`, 'default-server check inter 2s fall 3 rise 2 maxconn 50 init-addr last,none'],
    [haproxy`server ${'10.0.0.1:80'} ${'10.0.0.1'}:${80} check weight ${128} cookie ${'a b'} id ${7} ${['backup']}`, 'server 10.0.0.1:80 10.0.0.1:80 check weight 128 cookie "a b" id 7 backup'],
    [haproxy`server s2 ${'[::1]:443'} ssl verify none sni str(${'x.org'}) alpn ${'h2,http/1.1'}`, 'server s2 [::1]:443 ssl verify none sni str(x.org) alpn h2,http/1.1'],
    [haproxy`server-template ${'t'} ${'1-2'} ${'127.0.0.1:80'} disabled`, 'server-template t 1-2 127.0.0.1:80 disabled'],
    [haproxy`http-send-name-header ${'X-Server'}`, 'http-send-name-header X-Server'],
    [haproxy`use-server ${'s2'} if { path ${'/x'} }`, 'use-server s2 if { path /x }'],
    [haproxy`errorloc302 ${503} ${'http://x/'}`, 'errorloc302 503 http://x/'],
  ],
};

describe('encodes a value for its place', () => {
  for (const [section, rows] of Object.entries(places)) {
    test.for(rows.map(([directive, text]) => [renderDirective(directive), text] as const))(`${section}: %s`, ([found, text]) => {
      expect(found).toBe(text);
    });
  }

  test.skipIf(program === undefined)('and HAProxy accepts every one of them', () => {
    const names: Readonly<Record<string, string | undefined>> = { userlist: 'users', peers: 'p', resolvers: 'r', cache: 'c', frontend: 'in', backend: 'be' };
    const sections = Object.entries(places).flatMap(([kind, rows]) => {
      const name = names[kind];
      return renderSection({ kind: kind as SectionKind, ...(name !== undefined && { name }), directives: rows.map(([directive]) => directive) });
    });
    const said = checker.check([...sections, ''].join('\n'));
    // Warnings about the order of these rules are to be expected.
    expect(said.split('\n').filter((line) => line.startsWith('[ALERT]') && !line.includes('zero-warning'))).toEqual([]);
  });
});

describe('a directive', () => {
  test('is plain data, equal by structure and immutable', () => {
    const make = (value: string): Directive => haproxy`http-request set-header X ${value} if a`;
    expect(make('a')).toEqual(make('a'));
    expect(make('a')).not.toEqual(make('b'));
    expect(make('a')).toMatchObject({ words: ['http-request', 'set-header', 'X', 'a', 'if', 'a'], conditionAt: 4 });
    expect(Object.isFrozen(make('a'))).toBe(true);
    expect(Object.isFrozen(make('a').words)).toBe(true);
  });

  test('keeps what its author wrote without a value as it is', () => {
    const text = 'http-request set-header X "a \\"b\\" $HOME" if { path -m reg ^/\\d+$ }';
    expect(renderDirective(haproxy`http-request set-header X "a \"b\" $HOME" if { path -m reg ^/\d+$ }`)).toBe(text);
    expect(renderDirective(haproxy`some-new-keyword "of tomorrow" 'x'`)).toBe(`some-new-keyword "of tomorrow" 'x'`);
  });

  test('marks that it holds a secret', () => {
    expect(haproxy`user x password ${new SecretText('y')}`.secret).toBe(true);
    expect(haproxy`maxconn ${1}`).not.toHaveProperty('secret');
  });
});
