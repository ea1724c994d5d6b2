/** Why flows, sets, templates or datagrams were not taken: every reason is a counter, none is an exception. */

export const flowRefusals = [
  /** Of a datagram. */
  'unknown-exporter',
  'too-short',
  'bad-version',
  'bad-length',
  'too-many-streams',
  'duplicate-datagram',
  /** Of a set. */
  'zero-length-set',
  'set-overrun',
  'reserved-set',
  'zero-width-record',
  'record-overrun',
  'bad-template',
  'huge-template',
  'bad-template-id',
  'template-flood',
  'withdrawal',
  /** Of data that waited for its template, or for its sampling rate. */
  'held-overflow',
  'held-expired',
  /** Of a record. */
  'counter-out-of-range',
  'sampler-flood',
  'bad-sampling',
] as const;

export type FlowRefusal = (typeof flowRefusals)[number];

export type RefusalCounts = Record<FlowRefusal, number>;

export function noRefusals(): RefusalCounts {
  return Object.fromEntries(flowRefusals.map((reason) => [reason, 0])) as RefusalCounts;
}
