/** Bounds of what exporters can make the collector keep, each with its unit; every one has a counter where it bites. */
export interface FlowLimits {
  /** Exporter address, version and domain make a stream. */
  readonly streamsMax: number;
  readonly streamsMaxPerExporter: number;
  /** A stream silent for longer makes room for a new one where there is none left, ms. */
  readonly streamIdleMs: number;
  readonly templatesMax: number;
  readonly fieldsMax: number;
  /** A template that was not announced for so long decodes nothing, ms. */
  readonly templateLifetimeMs: number;
  /** Data that waits for a template or a sampling rate, with 256 octets for each piece. */
  readonly heldOctetsMax: number;
  readonly heldOctetsMaxPerStream: number;
  readonly holdMs: number;
  /** Flows whose running totals are remembered, in each of two generations. */
  readonly totalFlowsMax: number;
  readonly clockSkewMsMax: number;
  readonly flowAgeMsMax: number;
  readonly flowDurationMsMax: number;
}

const hourMs = 3_600_000;

export const defaultFlowLimits: FlowLimits = {
  streamsMax: 10_000,
  streamsMaxPerExporter: 256,
  streamIdleMs: 24 * hourMs,
  templatesMax: 256,
  fieldsMax: 512,
  templateLifetimeMs: 24 * hourMs,
  heldOctetsMax: 16 * 1024 * 1024,
  heldOctetsMaxPerStream: 1024 * 1024,
  holdMs: 30 * 60_000,
  totalFlowsMax: 1 << 18,
  clockSkewMsMax: hourMs,
  flowAgeMsMax: 31 * 24 * hourMs,
  flowDurationMsMax: 24 * hourMs,
};
