/** The small parts of a replay: keys, progress, sums, comparison. */
import { describe, expect, it } from 'vitest';
import { agrees, comparisonText, exactSum } from '../../../simulator/instant-ip/bill-comparison.ts';
import { commandOfKey } from '../../../simulator/instant-ip/keyboard.ts';
import { initialReplay, reduceReplay, replaySpeed } from '../../../simulator/instant-ip/replay.ts';
import { progressText } from '../../../simulator/instant-ip/screen.ts';
import { addToTally, emptyTally, tallyTexts } from '../../../simulator/instant-ip/tally.ts';
import { displayTime } from '../../../simulator/instant-ip/terminal-display.ts';
import { emailRecord } from '../../collectors/instant-ip/samples.ts';

describe('the keys', () => {
  it.each([
    [' ', 'playing', 'pause'],
    [' ', 'paused', 'resume'],
    ['s', 'playing', 'step'],
    ['+', 'playing', 'faster'],
    ['=', 'playing', 'faster'],
    ['-', 'playing', 'slower'],
    ['q', 'paused', 'stop'],
    ['\u0003', 'playing', 'stop'],
    ['x', 'playing', null],
  ] as const)('%j while %s means %s', (key, mode, command) => {
    expect(commandOfKey(key, mode)).toBe(command);
  });
});

describe('the progress line', () => {
  const shown = reduceReplay(initialReplay(2, 0), { kind: 'shown', delaySeconds: 9 }, 0);
  const status = { replay: shown, shown: 3, skipped: 0, line: 4, nextInMs: 9000 };

  it('counts down to the next record in seconds of the clock', () => {
    expect(progressText(status)).toBe('3 shown, line 4 · speed 2 · next in 5 s');
  });

  it('says what was skipped, and that it is paused', () => {
    const replay = reduceReplay(shown, { kind: 'pause' }, 0);
    expect(progressText({ ...status, replay, skipped: 1 })).toContain(
      '1 skipped, line 4 · speed 2 · paused, next after 5 s',
    );
  });

  it('at speed max counts nothing down', () => {
    const replay = { ...shown, speed: replaySpeed.unlimited };
    expect(progressText({ ...status, replay })).toContain('speed max · next in 0 s');
  });
});

describe('the sum of a replay', () => {
  const tallyOf = (...records: (typeof emailRecord)[]) => tallyTexts(records.reduce(addToTally, emptyTally));

  it('of no record is no sum', () => {
    expect(tallyOf()).toEqual(['no record was shown']);
  });

  it('agrees with totals that grow by each charge, whatever they began with', () => {
    expect(tallyOf(emailRecord, { ...emailRecord, totalToDateThousandths: 1_500n })).toEqual([
      '2 records, charges 0.500 USD',
      'the last total to date of 2009-04 is 1.500 USD, as its charges make it',
    ]);
  });

  it('tells the difference, also of a total that another month has ended', () => {
    const may = { ...emailRecord, dateTimeMs: Date.UTC(2009, 4, 1), totalToDateThousandths: 250n };
    expect(tallyOf(emailRecord, { ...emailRecord, totalToDateThousandths: 1_499n }, may)).toEqual([
      '3 records, charges 0.750 USD',
      'the last total to date of 2009-04 is 1.499 USD, but its charges make 1.500: a difference of -0.001',
      'the last total to date of 2009-05 is 0.250 USD, as its charges make it',
    ]);
  });
});

describe('the comparison with the bill', () => {
  it('adds decimals exactly, and refuses what is none', () => {
    const sum = exactSum(['0.1', '0.2', '-0.000000000000001'])!;
    expect(sum).toBe(299_999_999_999_999n);
    expect(exactSum([])).toBe(0n);
    for (const text of ['1e3', '', '1.', '.5', '0.1234567890123456', 'NaN']) expect(exactSum([text])).toBeNull();
  });

  it('agrees with what was logged, with or without what an earlier attempt had logged', () => {
    const grown = exactSum(['6.5'])!;
    expect(agrees(grown, [6500n])).toBe(true);
    expect(agrees(grown, [1000n, 6500n])).toBe(true);
    expect(agrees(grown + 1n, [6500n])).toBe(false);
  });

  it('says the difference', () => {
    expect(comparisonText(exactSum(['6.4995'])!, [6500n])).toBe(
      "the daemon's bill grew by 6.4995, but 6.500 was logged: a difference of -0.0005 (other use, or a charge that it could not bill)",
    );
  });
});

it('the time is shown as year, month, day', () => {
  expect(displayTime(Date.UTC(2009, 3, 4, 14, 5))).toBe('09/04/04 14:05:00');
});
