/** Attribute types of RADIUS accounting of which records are made, by RFC; the others are the dictionaries'. */
export const attribute = {
  userName: 1, // RFC 2865 §5.1
  nasIpAddress: 4, // §5.4
  callingStationId: 31, // §5.31
  nasIdentifier: 32, // §5.32
  proxyState: 33, // §5.33
  acctStatusType: 40, // RFC 2866 §5.1
  acctDelayTime: 41, // §5.2, seconds
  acctInputOctets: 42, // §5.3, octets the port received from the user
  acctOutputOctets: 43, // §5.4, octets sent to the user
  acctSessionId: 44, // §5.5
  acctSessionTime: 46, // §5.7, seconds
  acctInputGigawords: 52, // RFC 2869 §5.1, units of 2^32 octets
  acctOutputGigawords: 53, // §5.2
  eventTimestamp: 55, // §5.3, Unix seconds
  messageAuthenticator: 80, // §5.14
  nasIpv6Address: 95, // RFC 3162 §2.1
} as const;

/** Where a packet's attributes begin: behind code, identifier, length and authenticator (RFC 2866 §3). */
export const attributesAt = 20;

/** Packet codes (RFC 2865 §4, RFC 2866 §3, RFC 5997 §4). */
export const packetCode = { accountingRequest: 4, accountingResponse: 5, statusServer: 12 } as const;
