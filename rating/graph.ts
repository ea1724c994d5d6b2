/** Connections of a plan: wiring, kinds of ports, order of firing (REQUIREMENTS P71, P74). */

import { findPrimitive } from './catalog.ts';
import { type PlanNode, type PlanProblem, SOURCE } from './plan.ts';
import type { PortKind } from './primitive.ts';
import type { XmlElement } from './xml.ts';

/** The nodes with their inputs, from the `<connection>` elements. */
export function connectionsOf(
  nodes: readonly PlanNode[],
  elements: readonly XmlElement[],
  problems: PlanProblem[],
): PlanNode[] {
  const indexOf = new Map(nodes.map((node) => [node.id, node.index]));
  indexOf.set('usage', SOURCE);
  const inputs = nodes.map((): number[] => []);
  for (const element of elements) {
    const error = (message: string, property?: string) =>
      problems.push({ line: element.line, ...(property ? { property } : {}), message, severity: 'error' });
    const ends = ['from', 'to'].map((end) => {
      const id = element.attributes.get(end)?.value;
      const index = id === undefined ? undefined : indexOf.get(id);
      if (id === undefined) error(`a connection needs "${end}"`, end);
      else if (index === undefined) error(`no primitive has the id "${id}"`, end);
      return index;
    });
    for (const name of element.attributes.keys())
      if (name !== 'from' && name !== 'to') error(`unknown attribute "${name}" of <connection>`);
    const [from, to] = ends;
    if (from === undefined || to === undefined) continue;
    if (to === SOURCE) error('nothing can be connected to "usage": it is a source', 'to');
    else if (inputs[to]!.includes(from)) error('the same connection is already there');
    else if (portsAgree(nodes, from, to, error)) inputs[to]!.push(from);
  }
  return nodes.map((node) => ({ ...node, inputs: inputs[node.index]!.sort((a, b) => a - b) }));
}

function portsAgree(nodes: readonly PlanNode[], from: number, to: number, error: (message: string) => void): boolean {
  const target = nodes[to]!;
  const wants = findPrimitive(target.type)?.input;
  const source = from === SOURCE ? undefined : nodes[from];
  const gives: PortKind | null | undefined = source ? findPrimitive(source.type)?.output : 'usage';
  // Of an unknown type nothing can be said; it is reported already.
  if (wants === undefined || gives === undefined) return true;
  if (gives === null) error(`${source?.id} (${source?.type}) has no output`);
  else if (wants === null) error(`${target.id} (${target.type}) has no input`);
  else if (wants !== gives)
    error(`${source?.id ?? 'usage'} gives ${gives}, but ${target.id} (${target.type}) takes ${wants}`);
  else return true;
  return false;
}

/** Node indices, every one after its inputs, otherwise in document order. Cycles are reported. */
export function orderOf(nodes: readonly PlanNode[], problems: PlanProblem[]): number[] {
  const done = new Set<number>([SOURCE]);
  const order: number[] = [];
  for (let progress = true; progress; ) {
    progress = false;
    for (const node of nodes) {
      if (done.has(node.index) || !node.inputs.every((input) => done.has(input))) continue;
      done.add(node.index);
      order.push(node.index);
      progress = true;
    }
  }
  const stuck = nodes.filter((node) => !done.has(node.index));
  const cycle = stuck[0];
  if (cycle) {
    const message = `a cycle: ${stuck.map((node) => node.id).join(', ')} wait for each other`;
    problems.push({ line: cycle.line, primitive: cycle.id, message, severity: 'error' });
  }
  return order;
}

/** Indices of the nodes an output of this one is wired to. */
export function outputsOf(nodes: readonly PlanNode[], index: number): number[] {
  return nodes.filter((node) => node.inputs.includes(index)).map((node) => node.index);
}
