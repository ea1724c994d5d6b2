/**
 * What charges get where: the bill lines that can arrive at every primitive on the charges' side of a plan, and the
 * running amounts ("cells") kept there.
 */

import { primitiveOf } from './catalog.ts';
import { type PlanNode, SOURCE } from './plan.ts';

/** A bill line that a plan can post to. The first ones are those of the nodes, by index. */
export interface Line {
  /** Primitive that it names. */
  readonly node: number;
  /** Place among the taxes of that primitive, which name the line; −1 for other lines. */
  readonly tax: number;
  /** Whose share it is, where a CostResponsibilityMatrix has split it; empty for whole charges. */
  readonly party: string;
}

export interface Flow {
  /** Lines that arrive, in order. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Lines this primitive makes, as its `flow` lists them. */
  readonly made: readonly number[];
  /** Place of its first cell. */
  readonly firstCell: number;
}

/** What a primitive does with the lines that arrive. */
export interface FlowTerms {
  readonly made: readonly Line[];
  /** Whether what arrives is given on beside what is made. */
  readonly passes: boolean;
  /** Names under which its running amounts are remembered; empty for a tax, which names its own. */
  readonly cells: readonly string[];
}

export interface Flows {
  readonly lines: readonly Line[];
  readonly cells: readonly { readonly node: number; readonly name: string; readonly place: number }[];
  readonly byNode: readonly Flow[];
}

export const LINES_MAX = 2000;

export class TooManyLines extends Error {
  readonly node: number;
  constructor(node: number) {
    super(`more than ${LINES_MAX} bill lines arise at it`);
    this.node = node;
  }
}

const NOTHING: Flow = { inputs: [], outputs: [], made: [], firstCell: 0 };

/** All lines of a plan. @throws TooManyLines */
export function flowsOf(plan: { readonly nodes: readonly PlanNode[]; readonly order: readonly number[] }): Flows {
  const lines: Line[] = plan.nodes.map((_, node) => ({ node, tax: -1, party: '' }));
  const cells: Flows['cells'][number][] = [];
  const byNode: Flow[] = plan.nodes.map(() => NOTHING);
  for (const index of plan.order) {
    const node = plan.nodes[index]!;
    const primitive = primitiveOf(node);
    if (primitive.input !== 'charge') {
      if (primitive.output === 'charge') byNode[index] = { ...NOTHING, outputs: [index], made: [index] };
      continue;
    }
    const inputs = [...new Set(node.inputs.flatMap((input) => (input === SOURCE ? [] : byNode[input]!.outputs)))];
    const terms = primitive.flow?.(
      node,
      inputs.map((line) => lines[line]!),
      plan.nodes,
    );
    const made = (terms?.made ?? []).map((line) => {
      const own = line.node === index && line.tax < 0 && line.party === '';
      return own ? index : lines.push(line) - 1;
    });
    const firstCell = cells.length;
    for (const [place, name] of (terms?.cells ?? []).entries()) cells.push({ node: index, name, place });
    if (lines.length > LINES_MAX + plan.nodes.length || cells.length > 4 * LINES_MAX) throw new TooManyLines(index);
    byNode[index] = { inputs, outputs: [...((terms?.passes ?? true) ? inputs : []), ...made], made, firstCell };
  }
  return { lines, cells, byNode };
}

/** Names a line among those of a plan, whatever its place in the document. */
export function lineKey(nodes: readonly { readonly id: string }[], line: Line): string {
  return `${nodes[line.node]!.id}${line.tax < 0 ? '' : `#${line.tax}`}${line.party ? `(${line.party})` : ''}`;
}
