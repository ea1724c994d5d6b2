/**
 * What vendors add to accounting: who the subscriber is, which service and policy applied, and counters the RFCs lack.
 * Numbers and types are those of the vendors' own documents: MikroTik "RADIUS Client"; Cisco IOS "RADIUS vendor-specific
 * attributes"; Juniper "Juniper Networks VSAs" (vendor 4874); Huawei "RADIUS Attributes Defined by Huawei+1.1"; Nokia
 * "7750 SR RADIUS Attributes Reference Guide"; Wi-Fi Alliance "WISPr 1.0"; 3GPP TS 29.061 §16.4.7. Format: dictionary.ts.
 */
export const vendorDictionary = `
vendor 9 Cisco
attribute 1   Cisco-AVPair                     pair
attribute 2   Cisco-NAS-Port                   text
attribute 187 Cisco-Multilink-ID               integer
attribute 188 Cisco-Num-In-Multilink           integer
attribute 190 Cisco-Pre-Input-Octets           integer   leave
attribute 191 Cisco-Pre-Output-Octets          integer   leave
attribute 195 Cisco-Disconnect-Cause           integer
attribute 250 Cisco-Account-Info               text
attribute 251 Cisco-Service-Info               text

# USR counts its types in four octets and has no length of its own; its attributes are for an operator's file.
vendor 429 USR format=4,0

vendor 2011 Huawei
attribute 2   HW-Input-Average-Rate            integer
attribute 5   HW-Output-Average-Rate           integer
attribute 26  HW-Connect-ID                    integer
attribute 31  HW-QOS-Profile-Name              text
attribute 95  HW-Policy-Name                   text
attribute 138 HW-Domain-Name                   text
attribute 144 HW-Acct-ipv6-Input-Octets        integer   ipv6-input-octets
attribute 145 HW-Acct-ipv6-Output-Octets       integer   ipv6-output-octets
attribute 146 HW-Acct-ipv6-Input-Packets       integer   leave
attribute 147 HW-Acct-ipv6-Output-Packets      integer   leave
attribute 148 HW-Acct-ipv6-Input-Gigawords     integer   ipv6-input-gigawords
attribute 149 HW-Acct-ipv6-Output-Gigawords    integer   ipv6-output-gigawords
attribute 185 HW-Service-Info                  text
attribute 188 HW-AVpair                        pair

vendor 4846 Lucent format=2,1

vendor 4874 ERX
attribute 1   ERX-Virtual-Router-Name          text
attribute 2   ERX-Address-Pool-Name            text
attribute 10  ERX-Ingress-Policy-Name          text
attribute 11  ERX-Egress-Policy-Name           text
attribute 24  ERX-Pppoe-Description            text
attribute 26  ERX-Qos-Profile-Name             text
attribute 42  ERX-Input-Gigapkts               integer   leave
attribute 43  ERX-Output-Gigapkts              integer   leave
attribute 56  ERX-Dhcp-Mac-Addr                text
attribute 57  ERX-Dhcp-Gi-Address              ipv4
attribute 83  ERX-Service-Session              text
attribute 106 ERX-IPv6-Ingress-Policy-Name     text
attribute 107 ERX-IPv6-Egress-Policy-Name      text
attribute 151 ERX-IPv6-Acct-Input-Octets       integer   ipv6-input-octets
attribute 152 ERX-IPv6-Acct-Output-Octets      integer   ipv6-output-octets
attribute 153 ERX-IPv6-Acct-Input-Packets      integer   leave
attribute 154 ERX-IPv6-Acct-Output-Packets     integer   leave
attribute 155 ERX-IPv6-Acct-Input-Gigawords    integer   ipv6-input-gigawords
attribute 156 ERX-IPv6-Acct-Output-Gigawords   integer   ipv6-output-gigawords

vendor 6527 Alcatel-SR
attribute 11  Alc-Subsc-ID-Str                 text
attribute 12  Alc-Subsc-Prof-Str               text
attribute 13  Alc-SLA-Prof-Str                 text
attribute 19  Alc-Acct-I-Inprof-Octets-64      queue-counter  queue-input-octets
attribute 20  Alc-Acct-I-Outprof-Octets-64     queue-counter  queue-input-octets
attribute 21  Alc-Acct-O-Inprof-Octets-64      queue-counter  queue-output-octets
attribute 22  Alc-Acct-O-Outprof-Octets-64     queue-counter  queue-output-octets
attribute 23  Alc-Acct-I-Inprof-Pkts-64        opaque    leave
attribute 24  Alc-Acct-I-Outprof-Pkts-64       opaque    leave
attribute 25  Alc-Acct-O-Inprof-Pkts-64        opaque    leave
attribute 26  Alc-Acct-O-Outprof-Pkts-64       opaque    leave
attribute 27  Alc-Client-Hardware-Addr         text
attribute 45  Alc-App-Prof-Str                 text
attribute 99  Alc-Ipv6-Address                 ipv6
attribute 121 Alc-Nat-Port-Range               text

vendor 8164 Starent format=2,2

vendor 10415 3GPP
attribute 1   3GPP-IMSI                        text
attribute 2   3GPP-Charging-ID                 integer
attribute 3   3GPP-PDP-Type                    integer
attribute 4   3GPP-Charging-Gateway-Address    ipv4      leave
attribute 5   3GPP-GPRS-Negotiated-QoS-profile text
attribute 6   3GPP-SGSN-Address                ipv4
attribute 7   3GPP-GGSN-Address                ipv4
attribute 8   3GPP-IMSI-MCC-MNC                text
attribute 9   3GPP-GGSN-MCC-MNC                text
attribute 10  3GPP-NSAPI                       text
attribute 11  3GPP-Session-Stop-Indicator      opaque
attribute 12  3GPP-Selection-Mode              text
attribute 13  3GPP-Charging-Characteristics    text
attribute 15  3GPP-SGSN-IPv6-Address           ipv6
attribute 16  3GPP-GGSN-IPv6-Address           ipv6
attribute 18  3GPP-SGSN-MCC-MNC                text
attribute 20  3GPP-IMEISV                      text
attribute 21  3GPP-RAT-Type                    byte
attribute 22  3GPP-User-Location-Info          opaque
attribute 23  3GPP-MS-TimeZone                 opaque
value 3GPP-RAT-Type 1 UTRAN
value 3GPP-RAT-Type 2 GERAN
value 3GPP-RAT-Type 3 WLAN
value 3GPP-RAT-Type 6 EUTRAN

vendor 14122 WISPr
attribute 1   WISPr-Location-ID                text
attribute 2   WISPr-Location-Name              text
attribute 5   WISPr-Bandwidth-Min-Up           integer
attribute 6   WISPr-Bandwidth-Min-Down         integer
attribute 7   WISPr-Bandwidth-Max-Up           integer
attribute 8   WISPr-Bandwidth-Max-Down         integer
attribute 11  WISPr-Billing-Class-Of-Service   text

vendor 14988 Mikrotik
attribute 1   Mikrotik-Recv-Limit              integer   leave
attribute 2   Mikrotik-Xmit-Limit              integer   leave
attribute 3   Mikrotik-Group                   text
attribute 8   Mikrotik-Rate-Limit              text
attribute 9   Mikrotik-Realm                   text
attribute 10  Mikrotik-Host-IP                 ipv4
attribute 11  Mikrotik-Mark-Id                 text
attribute 14  Mikrotik-Recv-Limit-Gigawords    integer   leave
attribute 15  Mikrotik-Xmit-Limit-Gigawords    integer   leave
attribute 19  Mikrotik-Address-List            text

vendor 24757 WiMAX format=1,1,c
`;
