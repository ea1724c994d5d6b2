/**
 * What accounting needs of a packet by itself, as it stands there: undefined where it is missing or of the wrong size; of
 * a repeated attribute the first. Everything else goes to the dictionary (described.ts).
 */
import { attribute, attributesAt } from './attributes.ts';
import type { DescribedAttributes } from './described.ts';
import { ipv4, ipv6, text } from './values.ts';

type Integer = number | undefined;
type Text = string | undefined;

export class AccountingFields {
  status: Integer = undefined;
  user: Text = undefined;
  calling: Text = undefined;
  nasId: Text = undefined;
  nasAddress: Text = undefined;
  session: Text = undefined;
  delaySeconds: Integer = undefined;
  seconds: Integer = undefined;
  inputOctets: Integer = undefined;
  outputOctets: Integer = undefined;
  inputGigawords: Integer = undefined;
  outputGigawords: Integer = undefined;
  eventSeconds: Integer = undefined;

  /** Of a packet whose frame is sound. It is walked by places in it: a slice for each attribute would be most of the work. */
  constructor(packet: Buffer, described: DescribedAttributes) {
    for (let at = attributesAt; at < packet.length; ) {
      const begin = at + 2;
      const end = at + packet[at + 1]!;
      // RFC 2865 §5: no value is empty; an attribute without one is left out, so it must not stand for a name.
      if (end > begin && !this.#take(packet[at]!, packet, begin, end)) described.take(packet[at]!, packet, begin, end);
      at = end;
    }
  }

  /** False for an attribute that is none of these. */
  #take(type: number, packet: Buffer, begin: number, end: number): boolean {
    switch (type) {
      case attribute.acctStatusType:
        this.status ??= integer(packet, begin, end);
        return true;
      case attribute.userName:
        this.user ??= text(packet, begin, end);
        return true;
      case attribute.nasIdentifier:
        this.nasId ??= text(packet, begin, end);
        return true;
      case attribute.acctSessionId:
        this.session ??= text(packet, begin, end);
        return true;
      case attribute.callingStationId:
        this.calling ??= text(packet, begin, end);
        return true;
      case attribute.nasIpAddress:
        if (end - begin === 4) this.nasAddress ??= ipv4(packet, begin);
        return true;
      case attribute.nasIpv6Address:
        if (end - begin === 16) this.nasAddress ??= ipv6(packet.subarray(begin, end));
        return true;
      case attribute.acctDelayTime:
        this.delaySeconds ??= integer(packet, begin, end);
        return true;
      case attribute.acctSessionTime:
        this.seconds ??= integer(packet, begin, end);
        return true;
      case attribute.acctInputOctets:
        this.inputOctets ??= integer(packet, begin, end);
        return true;
      case attribute.acctOutputOctets:
        this.outputOctets ??= integer(packet, begin, end);
        return true;
      case attribute.acctInputGigawords:
        this.inputGigawords ??= integer(packet, begin, end);
        return true;
      case attribute.acctOutputGigawords:
        this.outputGigawords ??= integer(packet, begin, end);
        return true;
      case attribute.eventTimestamp:
        this.eventSeconds ??= integer(packet, begin, end);
        return true;
      default:
        return false;
    }
  }
}

/** 32 bits, undefined where there are not four octets. */
function integer(packet: Buffer, begin: number, end: number): number | undefined {
  if (end - begin !== 4) return undefined;
  const high = (packet[begin]! << 16) | (packet[begin + 1]! << 8) | packet[begin + 2]!;
  return high * 0x100 + packet[begin + 3]!;
}
