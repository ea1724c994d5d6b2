/** The simulator's public face: what tests, the demo and the bench drive meterd with. */
export { type AckedRecord, ackLogLines, parseAckLog } from './ack-log.ts';
export { type DemoNas, type DemoNasOptions, type DemoUser, startDemoNas } from './nas/demo.ts';
export { type NasOptions, type NasSimulator, type NasSummary, startNas } from './nas/nas.ts';
