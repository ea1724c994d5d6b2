/** A NetFlow v5 record: 48 octets, always the same; its times are uptimes of the header. */
import { addressAt, type FlowRecord, slot } from './flow-record.ts';
import { compileTemplate, type Template } from './template.ts';

/** What a v5 record carries, for those who ask a template. */
export const v5Content: Template = compileTemplate(
  {
    id: 0,
    isOptions: false,
    scopeCount: 0,
    fields: [
      { enterprise: 0, id: 8, length: 4 },
      { enterprise: 0, id: 12, length: 4 },
      { enterprise: 0, id: 1, length: 4 },
      { enterprise: 0, id: 22, length: 4 },
      { enterprise: 0, id: 21, length: 4 },
    ],
  },
  0,
);

export function readV5Record(view: DataView, at: number, { values, addresses }: FlowRecord): void {
  addresses[addressAt.source] = view.getUint32(at);
  addresses[addressAt.destination] = view.getUint32(at + 4);
  values[slot.ingressInterface] = view.getUint16(at + 12);
  values[slot.egressInterface] = view.getUint16(at + 14);
  values[slot.packets] = view.getUint32(at + 16);
  values[slot.octets] = view.getUint32(at + 20);
  values[slot.startUptime] = view.getUint32(at + 24);
  values[slot.endUptime] = view.getUint32(at + 28);
  values[slot.sourcePort] = view.getUint16(at + 32);
  values[slot.destinationPort] = view.getUint16(at + 34);
  values[slot.protocol] = view.getUint8(at + 38);
  values[slot.tos] = view.getUint8(at + 39);
  values[slot.sourceAs] = view.getUint16(at + 40);
  values[slot.destinationAs] = view.getUint16(at + 42);
}
