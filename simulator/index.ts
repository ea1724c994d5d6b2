/** The simulator's public face: what tests, the demo and the bench drive meterd with. */
export { type AckedRecord, ackLogLines, parseAckLog } from './ack-log.ts';
export { readAckLogFile, writeAckLogFile } from './ack-log-file.ts';
export {
  compareAmounts,
  type Difference,
  expectedTotals,
  UseAuditor,
  type UsePiece,
  type UseTotals,
  usePieces,
} from './auditor.ts';
export { type EveningMonth, eveningBills } from './evening.ts';
export {
  type ExportedDatagram,
  type ExporterCounts,
  type ExporterOptions,
  SimulatedExporter,
} from './exporter/exporter.ts';
export { subscriberAddress } from './exporter/flow.ts';
export { ExporterRun, type ExporterRunOptions, type ExporterSummary } from './exporter/run.ts';
export { mergedTotals, type SubscriberTotals } from './exporter/totals.ts';
export { type DemoFeed, startDemoFeed } from './instant-ip/demo-feed.ts';
export { type DemoNas, type DemoNasOptions, type DemoUser, startDemoNas } from './nas/demo.ts';
export { createHistogram, type Histogram, type LatencySummary } from './nas/histogram.ts';
export { type NasOptions, type NasSimulator, type NasSummary, startNas } from './nas/nas.ts';
export {
  type Fraction,
  flatCharge,
  graduatedCharge,
  rounded,
  type TariffStep,
  volumeCharge,
} from './tariff.ts';
