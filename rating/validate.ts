/** XML of a plan to a checked plan, and everything that is wrong with it, not just the first (REQUIREMENTS P70, P74). */

import { findPrimitive } from './catalog.ts';
import { connectionsOf, orderOf } from './graph.ts';
import { checkMeaning } from './meaning.ts';
import type { Plan, PlanNode, PlanProblem, PropertyValue, Report } from './plan.ts';
import type { Primitive } from './primitive.ts';
import { parseDecimal, parseProperty } from './property.ts';
import { readRows } from './read-rows.ts';
import { readSteps } from './read-steps.ts';
import { parseXml, type XmlElement } from './xml.ts';

export const PLAN_NAMESPACE = 'urn:meterd:plan:1';
export const PRIMITIVES_MAX = 500;
export const STEPS_MAX = 1000;

const ID = /^[A-Za-z_][A-Za-z0-9._-]{0,63}$/;

/**
 * Reads and checks a plan document. `plan` is null if any problem is an error. Problems come in order of their lines.
 */
export function readPlan(xml: string): { plan: Plan | null; problems: PlanProblem[] } {
  const problems: PlanProblem[] = [];
  const parsed = parseXml(xml);
  if (!('root' in parsed)) {
    return { plan: null, problems: [{ line: parsed.line, message: parsed.message, severity: 'error' }] };
  }
  const plan = readRoot(parsed.root, problems);
  problems.sort((a, b) => a.line - b.line);
  return { plan: problems.some((p) => p.severity === 'error') ? null : plan, problems };
}

function readRoot(root: XmlElement, problems: PlanProblem[]): Plan | null {
  const report = reporter(problems, root.line);
  if (root.name !== 'plan') {
    report(`expected <plan>, found <${root.name}>`);
    return null;
  }
  const attribute = (name: string) => root.attributes.get(name)?.value;
  const namespace = attribute('xmlns');
  if (namespace === undefined) report(`no xmlns="${PLAN_NAMESPACE}"`, { warning: true });
  else if (namespace !== PLAN_NAMESPACE)
    report(`unknown namespace ${namespace}: expected ${PLAN_NAMESPACE}`, { property: 'xmlns' });
  const id = attribute('id') ?? '';
  if (!ID.test(id)) report('the plan needs an id of letters, digits, ".", "_" and "-", at most 64', { property: 'id' });
  const currency = attribute('currency') ?? '';
  if (!/^[A-Z]{3}$/.test(currency))
    report('the plan needs a currency of three capital letters (ISO 4217)', { property: 'currency' });
  const scaleText = attribute('scale') ?? '6';
  if (!/^(\d|1[0-2])$/.test(scaleText))
    report(`scale "${scaleText}" is not a whole number from 0 to 12`, { property: 'scale' });
  for (const [name, { line }] of root.attributes) {
    if (!['xmlns', 'id', 'name', 'currency', 'scale'].includes(name))
      report(`unknown attribute "${name}" of <plan>`, { line, property: name });
  }
  for (const child of root.children) {
    if (child.name !== 'primitive' && child.name !== 'connection')
      report(`unknown element <${child.name}>`, { line: child.line });
  }
  const elements = root.children.filter((child) => child.name === 'primitive');
  if (elements.length > PRIMITIVES_MAX) {
    report(`${elements.length} primitives: at most ${PRIMITIVES_MAX} are allowed`);
    return null;
  }
  const bare = elements.map((element, index) => readPrimitive(element, index, problems));
  reportDuplicates(bare, problems);
  const steps = bare.reduce((sum, node) => sum + node.steps.length, 0);
  if (steps > STEPS_MAX) report(`${steps} steps: at most ${STEPS_MAX} are allowed`);

  const nodes = connectionsOf(
    bare,
    root.children.filter((child) => child.name === 'connection'),
    problems,
  );
  const order = orderOf(nodes, problems);
  if (problems.some((p) => p.severity === 'error')) return null;
  const plan: Plan = { id, name: attribute('name') ?? id, currency, scale: Number(scaleText), nodes, order };
  checkMeaning(plan, problems);
  return plan;
}

function reportDuplicates(nodes: readonly PlanNode[], problems: PlanProblem[]): void {
  const first = new Map<string, PlanNode>();
  for (const node of nodes) {
    const earlier = first.get(node.id);
    if (earlier)
      reporter(problems, node.line, node.id)(`the id is already that of the primitive on line ${earlier.line}`);
    else first.set(node.id, node);
  }
}

function readPrimitive(element: XmlElement, index: number, problems: PlanProblem[]): PlanNode {
  const id = element.attributes.get('id')?.value ?? '';
  const report = reporter(problems, element.line, id || undefined);
  if (!ID.test(id)) report('a primitive needs an id of letters, digits, ".", "_" and "-", at most 64');
  else if (id === 'usage') report('the id "usage" is that of the built-in source');
  for (const [name, { line }] of element.attributes) {
    if (!['id', 'type', 'label', 'x', 'y'].includes(name))
      report(`unknown attribute "${name}" of <primitive>`, { line });
  }
  const type = element.attributes.get('type')?.value ?? '';
  const primitive = findPrimitive(type);
  if (!primitive) {
    report(type ? `unknown type ${type}` : 'no type');
  }
  const before = problems.length;
  const node: PlanNode = {
    index,
    id,
    type,
    label: element.attributes.get('label')?.value ?? id,
    line: element.line,
    values: primitive ? readProperties(element, primitive, report) : {},
    steps: primitive ? readSteps(element, primitive, report) : [],
    rows: primitive ? readRows(element, primitive, report) : [],
    inputs: [],
    ...placeOf(element, report),
  };
  if (primitive && problems.length === before) primitive.check?.(node, report);
  return node;
}

function placeOf(element: XmlElement, report: Report): { place?: { x: number; y: number } } {
  const [x, y] = [element.attributes.get('x'), element.attributes.get('y')];
  if (!x && !y) return {};
  const [left, top] = [parseDecimal(x?.value ?? ''), parseDecimal(y?.value ?? '')];
  if (left !== null && top !== null) return { place: { x: Number(left), y: Number(top) } };
  report('x and y must both be numbers', { line: (x ?? y)!.line, property: x ? 'x' : 'y' });
  return {};
}

function readProperties(element: XmlElement, primitive: Primitive, report: Report): Record<string, PropertyValue> {
  const values: Record<string, PropertyValue> = {};
  const given = new Set<string>();
  for (const child of element.children) {
    if ((child.name === 'step' && primitive.steps) || child.name === primitive.rows?.element) continue;
    if (child.name !== 'property') {
      report(`unknown element <${child.name}> in a ${primitive.type}`, { line: child.line });
      continue;
    }
    const name = child.attributes.get('name')?.value ?? '';
    const value = child.attributes.get('value')?.value;
    const spec = primitive.properties.find((property) => property.name === name);
    const at = { property: name, line: child.line };
    if (!spec) {
      const known = primitive.properties.map((property) => property.name).join(', ') || 'none';
      report(name ? `a ${primitive.type} has no such property; it has ${known}` : 'a property without a name', at);
    } else if (given.has(name)) report('given twice', at);
    else if (value === undefined) report('no value', at);
    else {
      const parsed = parseProperty(spec, value);
      if ('problem' in parsed) report(parsed.problem, at);
      else values[name] = parsed.value;
    }
    given.add(name);
  }
  for (const spec of primitive.properties) {
    if (given.has(spec.name)) continue;
    if (spec.required) report(`a ${primitive.type} needs it`, { property: spec.name });
    if (spec.default === undefined) continue;
    const parsed = parseProperty(spec, spec.default);
    if ('value' in parsed) values[spec.name] = parsed.value;
  }
  return values;
}

/** Puts problems of one primitive, or of the plan, on the list. */
export function reporter(problems: PlanProblem[], line: number, primitive?: string): Report {
  return (message, options = {}) => {
    problems.push({
      line: options.line ?? line,
      ...(primitive === undefined ? {} : { primitive }),
      ...(options.property === undefined ? {} : { property: options.property }),
      message,
      severity: options.warning ? 'warning' : 'error',
    });
  };
}
