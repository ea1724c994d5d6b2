/**
 * The templates of one stream: bounded in number and age. A redefinition replaces the old template (RFC 3954 §7); one that
 * was not announced for too long decodes nothing any more (RFC 7011 §8.4), until it is announced again.
 */
import { compileTemplate, sameFields, type Template, type TemplatePlan } from './template.ts';

export interface TemplateCounts {
  learned: number;
  /** Announced again, unchanged. */
  refreshed: number;
  redefined: number;
  expired: number;
}

export interface TemplateLimits {
  readonly templatesMax: number;
  readonly lifetimeMs: number;
}

export class TemplateTable {
  readonly counts: TemplateCounts = { learned: 0, refreshed: 0, redefined: 0, expired: 0 };
  readonly #templates = new Map<number, Template>();
  readonly #limits: TemplateLimits;

  constructor(limits: TemplateLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#templates.size;
  }

  /** The template of that number, or null where none is known that is still valid. */
  find(id: number, nowMs: number): Template | null {
    const template = this.#templates.get(id);
    if (template === undefined) return null;
    if (nowMs - template.announcedAtMs <= this.#limits.lifetimeMs) return template;
    this.#templates.delete(id);
    this.counts.expired++;
    return null;
  }

  /** Takes an announced template; null where there is no room for another. */
  announce(plan: TemplatePlan, nowMs: number): { template: Template; isNews: boolean } | null {
    const known = this.#templates.get(plan.id);
    if (known !== undefined && sameFields(known, plan)) {
      known.announcedAtMs = Math.max(known.announcedAtMs, nowMs);
      this.counts.refreshed++;
      return { template: known, isNews: false };
    }
    if (known === undefined && this.#templates.size >= this.#limits.templatesMax && !this.#dropExpired(nowMs))
      return null;
    const template = compileTemplate(plan, nowMs);
    this.#templates.set(plan.id, template);
    if (known === undefined) this.counts.learned++;
    else this.counts.redefined++;
    return { template, isNews: true };
  }

  *[Symbol.iterator](): Generator<Template> {
    yield* this.#templates.values();
  }

  /** True where that made room. */
  #dropExpired(nowMs: number): boolean {
    for (const { id } of [...this.#templates.values()]) this.find(id, nowMs);
    return this.#templates.size < this.#limits.templatesMax;
  }
}
