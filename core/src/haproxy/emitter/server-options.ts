// HAProxy: "server and default-server options", "bind options". Flags end in "=", as in parseShape.

/** Options of `server`, `default-server` and `server-template` lines. */
export const serverOptions: string =
  'addr=address agent-addr=address agent-check= agent-inter=time agent-port=number agent-send=word allow-0rtt= alpn=keyword backup= ' +
  'ca-file=path check= check-addr=address check-alpn=keyword check-pool-conn-name=word check-port=number check-proto=keyword check-reuse-pool= ' +
  'check-send-proxy= check-sni=word check-ssl= check-via-socks4= ciphers=keyword ciphersuites=keyword client-sigalgs=keyword cookie=word ' +
  'crl-file=path crt=path curves=keyword disabled= downinter=time enabled= error-limit=number fall=number fastinter=time force-sslv3= ' +
  'force-tlsv10= force-tlsv11= force-tlsv12= force-tlsv13= guid=keyword hash-key=keyword id=number idle-ping=time init-addr=keyword init-state=keyword ' +
  'inter=time log-bufsize=size log-proto=keyword max-reuse=number maxconn=number maxqueue=number minconn=number namespace=keyword ' +
  'no-agent-check= no-backup= no-check= no-check-ssl= no-send-proxy= no-send-proxy-v2= no-ssl= no-ssl-reuse= no-sslv3= no-tls-tickets= ' +
  'no-tlsv10= no-tlsv11= no-tlsv12= no-tlsv13= no-verifyhost= non-stick= npn=keyword observe=keyword on-error=keyword on-marked-down=keyword ' +
  'on-marked-up=keyword pool-conn-name=expression pool-low-conn=number pool-max-conn=number pool-purge-delay=time port=number proto=keyword ' +
  'proxy-v2-options=keyword redir=word renegotiate= resolve-net=keyword resolve-opts=keyword resolve-prefer=keyword resolvers=name rise=number ' +
  'send-proxy= send-proxy-v2= send-proxy-v2-ssl= send-proxy-v2-ssl-cn= set-proxy-v2-tlv-fmt=format shard=number sigalgs=keyword slowstart=time ' +
  'sni=expression sni-auto= no-sni-auto= socks4=address source=address ssl= ssl-max-ver=keyword ssl-min-ver=keyword ssl-reuse= stick= strict-maxconn= ' +
  'tcp-md5sig=secret tcp-ut=time tfo= tls-tickets= track=name usesrc=word verify=keyword verifyhost=word weight=number ws=keyword';

/** Options of `bind` lines. */
export const bindOptions: string =
  'accept-netscaler-cip=number accept-proxy= allow-0rtt= alpn=keyword backlog=number ca-file=path ca-ignore-err=keyword ca-sign-file=path ' +
  'ca-verify-file=path cc=keyword ciphers=keyword ciphersuites=keyword client-sigalgs=keyword crl-file=path crt=path crt-ignore-err=keyword ' +
  'crt-list=path curves=keyword default-crt=path defer-accept= ecdhe=keyword expose-fd=keyword force-sslv3= force-tlsv10= force-tlsv11= ' +
  'force-tlsv12= force-tlsv13= generate-certificates= gid=number group=word guid-prefix=keyword id=number idle-ping=time interface=keyword ' +
  'ktls=keyword label=keyword level=keyword maxconn=number mode=keyword mss=number name=name namespace=keyword nbconn=number nice=number ' +
  'no-alpn= no-ca-names= no-sslv3= no-strict-sni= no-tls-tickets= no-tlsv10= no-tlsv11= no-tlsv12= no-tlsv13= npn=keyword ocsp-update=keyword ' +
  'prefer-client-ciphers= process=keyword proto=keyword quic-cc-algo=keyword quic-force-retry= quic-socket=keyword severity-output=keyword shards=keyword sigalgs=keyword ' +
  'ssl= ssl-max-ver=keyword ssl-min-ver=keyword strict-sni= tcp-md5sig=secret tcp-ut=time tcp-ss=number tfo= thread=keyword tls-ticket-keys=path ' +
  'tls-tickets= transparent= uid=number user=word v4v6= v6only= verify=keyword';
