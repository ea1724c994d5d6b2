/**
 * The attributes of the RFCs that accounting may carry (RFC 2865-2869, 3162, 3580, 4005, 4372, 4679, 4818, 5580, 6911,
 * 8045, 8559). Those that records are made of (user, session, counters, times) are read by accounting.ts and not kept
 * again; what tells nothing about use is left. Format: dictionary.ts.
 */
export const standardDictionary = `
attribute 1   User-Name                    text         leave
attribute 4   NAS-IP-Address               ipv4         leave
attribute 5   NAS-Port                     integer      leave
attribute 6   Service-Type                 integer
attribute 7   Framed-Protocol              integer      leave
attribute 8   Framed-IP-Address            ipv4
attribute 9   Framed-IP-Netmask            ipv4
attribute 11  Filter-Id                    text
attribute 12  Framed-MTU                   integer      leave
attribute 22  Framed-Route                 text
attribute 25  Class                        opaque
attribute 30  Called-Station-Id            text
attribute 31  Calling-Station-Id           text         leave
attribute 32  NAS-Identifier               text         leave
attribute 40  Acct-Status-Type             integer      leave
attribute 41  Acct-Delay-Time              integer      leave
attribute 42  Acct-Input-Octets            integer      leave
attribute 43  Acct-Output-Octets           integer      leave
attribute 44  Acct-Session-Id              text         leave
attribute 45  Acct-Authentic               integer      leave
attribute 46  Acct-Session-Time            integer      leave
attribute 47  Acct-Input-Packets           integer      leave
attribute 48  Acct-Output-Packets          integer      leave
attribute 49  Acct-Terminate-Cause         integer
attribute 50  Acct-Multi-Session-Id        text
attribute 51  Acct-Link-Count              integer
attribute 52  Acct-Input-Gigawords         integer      leave
attribute 53  Acct-Output-Gigawords        integer      leave
attribute 55  Event-Timestamp              time         leave
attribute 61  NAS-Port-Type                integer
attribute 64  Tunnel-Type                  tagged-integer
attribute 65  Tunnel-Medium-Type           tagged-integer
attribute 66  Tunnel-Client-Endpoint       tagged-text
attribute 67  Tunnel-Server-Endpoint       tagged-text
attribute 68  Acct-Tunnel-Connection       text
attribute 77  Connect-Info                 text
attribute 81  Tunnel-Private-Group-ID      tagged-text
attribute 82  Tunnel-Assignment-ID         tagged-text
attribute 85  Acct-Interim-Interval        integer      leave
attribute 86  Acct-Tunnel-Packets-Lost     integer      leave
attribute 87  NAS-Port-Id                  text
attribute 88  Framed-Pool                  text
attribute 89  Chargeable-User-Identity     text
attribute 90  Tunnel-Client-Auth-ID        tagged-text
attribute 91  Tunnel-Server-Auth-ID        tagged-text
attribute 94  Originating-Line-Info        opaque
attribute 95  NAS-IPv6-Address             ipv6         leave
attribute 96  Framed-Interface-Id          interface-id
attribute 97  Framed-IPv6-Prefix           ipv6-prefix
attribute 99  Framed-IPv6-Route            text
attribute 100 Framed-IPv6-Pool             text
attribute 123 Delegated-IPv6-Prefix        ipv6-prefix
attribute 126 Operator-Name                text
attribute 168 Framed-IPv6-Address          ipv6
attribute 169 DNS-Server-IPv6-Address      ipv6         leave
attribute 171 Delegated-IPv6-Prefix-Pool   text
attribute 172 Stateful-IPv6-Address-Pool   text

# Port sets behind a carrier-grade NAT (RFC 8045)
attribute 241.5    IP-Port-Limit-Info      tlv
attribute 241.6    IP-Port-Range           tlv
attribute 241.6.1  IP-Port-Type            integer
attribute 241.6.3  IP-Port-Ext-IPv4-Addr   ipv4
attribute 241.6.8  IP-Port-Alloc           integer
attribute 241.6.9  IP-Port-Range-Start     integer
attribute 241.6.10 IP-Port-Range-End       integer
attribute 241.6.11 IP-Port-Local-Id        text
attribute 241.8    Operator-NAS-Identifier opaque

value Service-Type 1 Login
value Service-Type 2 Framed
value Service-Type 3 Callback-Login
value Service-Type 4 Callback-Framed
value Service-Type 5 Outbound
value Service-Type 6 Administrative
value Service-Type 7 NAS-Prompt
value Service-Type 8 Authenticate-Only
value Service-Type 10 Call-Check
value NAS-Port-Type 0 Async
value NAS-Port-Type 1 Sync
value NAS-Port-Type 2 ISDN
value NAS-Port-Type 5 Virtual
value NAS-Port-Type 11 SDSL
value NAS-Port-Type 12 ADSL-CAP
value NAS-Port-Type 13 ADSL-DMT
value NAS-Port-Type 14 IDSL
value NAS-Port-Type 15 Ethernet
value NAS-Port-Type 16 xDSL
value NAS-Port-Type 17 Cable
value NAS-Port-Type 18 Wireless-Other
value NAS-Port-Type 19 Wireless-802.11
value Acct-Terminate-Cause 1 User-Request
value Acct-Terminate-Cause 2 Lost-Carrier
value Acct-Terminate-Cause 3 Lost-Service
value Acct-Terminate-Cause 4 Idle-Timeout
value Acct-Terminate-Cause 5 Session-Timeout
value Acct-Terminate-Cause 6 Admin-Reset
value Acct-Terminate-Cause 7 Admin-Reboot
value Acct-Terminate-Cause 8 Port-Error
value Acct-Terminate-Cause 9 NAS-Error
value Acct-Terminate-Cause 10 NAS-Request
value Acct-Terminate-Cause 11 NAS-Reboot
value Acct-Terminate-Cause 12 Port-Unneeded
value Acct-Terminate-Cause 13 Port-Preempted
value Acct-Terminate-Cause 14 Port-Suspended
value Acct-Terminate-Cause 15 Service-Unavailable
value Acct-Terminate-Cause 16 Callback
value Acct-Terminate-Cause 17 User-Error
value Acct-Terminate-Cause 18 Host-Request
value Tunnel-Type 1 PPTP
value Tunnel-Type 2 L2F
value Tunnel-Type 3 L2TP
value Tunnel-Type 9 ESP
value Tunnel-Type 10 GRE
value Tunnel-Type 13 VLAN
value Tunnel-Medium-Type 1 IPv4
value Tunnel-Medium-Type 2 IPv6
value Tunnel-Medium-Type 6 IEEE-802
`;
