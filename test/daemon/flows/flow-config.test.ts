import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../daemon/config.ts';

const netflow = (lines: string) =>
  readConfig(`netflow:\n${lines.replace(/^/gm, '  ')}`, 'meterd.yaml', {}).config.netflow;

function complaint(lines: string): string {
  try {
    netflow(lines);
  } catch (cause) {
    return (cause as Error).message;
  }
  return 'accepted';
}

describe('exporters', () => {
  it('are networks, or networks with what is known of them', () => {
    const { exporters } = netflow(
      'exporters:\n  - 192.0.2.0/24\n  - { cidr: "2001:db8::/32", name: edge, sampling: { rate: 1000, unknown: hold } }',
    );
    expect(exporters).toEqual([
      { cidr: '192.0.2.0/24', name: '192.0.2.0/24', sampling: { unknown: 'flag' } },
      { cidr: '2001:db8::/32', name: 'edge', sampling: { rate: 1_000, override: false, unknown: 'hold' } },
    ]);
  });

  it.each([
    ['no network', 'exporters:\n  - router-1', 'meterd.yaml:3: netflow.exporters must be network prefixes'],
    ['a mapping without one', 'exporters:\n  - { name: edge }', 'netflow.exporters must be network prefixes'],
    ['the same twice', 'exporters: [10.0.0.0/8, 10.0.0.0/8]', 'netflow.exporters names 10.0.0.0/8 twice'],
    [
      'a rate of nothing',
      'exporters:\n  - { cidr: 10.0.0.1, sampling: { rate: 0 } }',
      'sampling.rate must be a number from 1',
    ],
    [
      'an override of nothing',
      'exporters:\n  - { cidr: 10.0.0.1, sampling: { override: true } }',
      'needs a rate beside it',
    ],
    ['a key nobody knows', 'exporters:\n  - { cidr: 10.0.0.1, smapling: 1 }', 'is not a key meterd knows'],
  ])('that are %s are told', (_, lines, message) => {
    expect(complaint(lines)).toContain(message);
  });
});

describe('metering points', () => {
  it('say which exporter, domain, interfaces and direction bill whom', () => {
    const lines =
      'meteringPoints:\n  - { exporter: 192.0.2.1, domain: 7, interfaces: [1, 2], direction: ingress, subscribers: [10.0.0.0/8] }';
    expect(netflow(lines).meteringPoints).toEqual([
      { exporter: '192.0.2.1', domain: 7, interfaces: [1, 2], direction: 'ingress', subscribers: ['10.0.0.0/8'] },
    ]);
  });

  it.each([
    ['exporter', '{ exporter: nowhere }', 'meteringPoints[0].exporter must be a network prefix'],
    ['direction', '{ exporter: 192.0.2.1, direction: up }', 'direction must be either or ingress or egress'],
    ['interfaces', '{ exporter: 192.0.2.1, interfaces: [eth0] }', 'interfaces must be whole numbers'],
  ])('with a wrong %s are told', (_, point, message) => {
    expect(complaint(`meteringPoints:\n  - ${point}`)).toContain(message);
  });
});

describe('classes', () => {
  it('are rules over prefixes, systems, ports, protocols, code points and interfaces', () => {
    const rule =
      '{ class: voip, ports: [5060-5099, 4569], protocols: [17], dscp: [46], remoteAs: [64500], onNet: false }';
    expect(netflow(`classes:\n  - ${rule}`).classes).toEqual([
      {
        class: 'voip',
        ports: [
          [5060, 5099],
          [4569, 4569],
        ],
        protocols: [17],
        dscp: [46],
        remoteAs: [64_500],
        onNet: false,
      },
    ]);
  });

  it.each([
    ['no name', '{ ports: [1] }', 'classes[0].class must be a name'],
    ['a range that falls', '{ class: a, ports: [9-8] }', 'ports must be ports or ranges such as 5060-5099, not "9-8"'],
    ['a port that is none', '{ class: a, remotePorts: [65536] }', 'remotePorts must be ports'],
    ['a code point that is none', '{ class: a, dscp: [64] }', 'dscp must be whole numbers from 0 to 63'],
    ['a prefix that is none', '{ class: a, remotePrefixes: [x] }', 'remotePrefixes must be network prefixes'],
  ])('with %s are told', (_, rule, message) => {
    expect(complaint(`classes:\n  - ${rule}`)).toContain(message);
  });
});
