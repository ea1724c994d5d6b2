/**
 * Counts latencies in buckets of 1/64 relative width, so that a percentile of millions of answers costs 18 kB and is
 * right within 1.6 %. Latencies are given in ms and kept in µs.
 */

const subBuckets = 64;
const subBucketBits = 6;
const bucketCount = 40 * subBuckets;

export interface LatencySummary {
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

export interface Histogram {
  add(latencyMs: number): void;
  summary(): LatencySummary;
}

export function createHistogram(): Histogram {
  const counts = new Float64Array(bucketCount);
  let total = 0;
  let sumUs = 0;
  let maxUs = 0;

  function add(latencyMs: number): void {
    const us = Math.min(Math.max(Math.round(latencyMs * 1000), 0), 2 ** 31);
    counts[bucketOf(us)]! += 1;
    total += 1;
    sumUs += us;
    if (us > maxUs) maxUs = us;
  }

  /** Upper edge of the bucket that holds the given share of all latencies. */
  function percentileMs(share: number): number {
    const wanted = Math.ceil(total * share);
    let seen = 0;
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      seen += counts[bucket]!;
      if (seen >= wanted && seen > 0) return Math.min(upperEdgeUs(bucket), maxUs) / 1000;
    }
    return 0;
  }

  function summary(): LatencySummary {
    const meanMs = total === 0 ? 0 : Math.round(sumUs / total) / 1000;
    return {
      meanMs,
      p50Ms: percentileMs(0.5),
      p90Ms: percentileMs(0.9),
      p99Ms: percentileMs(0.99),
      p999Ms: percentileMs(0.999),
      maxMs: maxUs / 1000,
    };
  }

  return { add, summary };
}

/** 0…127 exactly, then 64 buckets per power of two. */
function bucketOf(us: number): number {
  if (us < 2 * subBuckets) return us;
  const shift = 31 - Math.clz32(us) - subBucketBits;
  return shift * subBuckets + Math.floor(us / 2 ** shift);
}

function upperEdgeUs(bucket: number): number {
  if (bucket < 2 * subBuckets) return bucket;
  const shift = Math.floor(bucket / subBuckets) - 1;
  return (bucket - shift * subBuckets + 1) * 2 ** shift - 1;
}
