/** The attributes of a usage event: few, short, flat; what a plan's rules look at (REQUIREMENTS P12, P49). */

const attributesMax = 32;
const valueMax = 256;
const NAME = /^[A-Za-z][\w.-]{0,63}$/;

/**
 * Texts, whole numbers and truth values by name, all as text. `calledNumber` of a voice event loses its leading `+` or
 * `00` (DESIGN §2); `sizeOctets` must be a whole number. Returns what is wrong, in words, where something is.
 */
export function readAttributes(value: unknown, meter: string): Readonly<Record<string, string>> | string {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) return 'data.attributes must be a JSON object';
  const entries = Object.entries(value);
  if (entries.length > attributesMax) return `data.attributes may have at most ${attributesMax} members`;
  const attributes: Record<string, string> = {};
  for (const [name, given] of entries) {
    if (!NAME.test(name))
      return `data.attributes: ${JSON.stringify(name.slice(0, 64))} is not a name such as sizeOctets`;
    const text = textOf(given);
    if (text === null) {
      return `data.attributes.${name} must be a whole number, true, false or a text of at most ${valueMax} characters`;
    }
    if (name === 'sizeOctets' && !/^\d{1,18}$/.test(text)) {
      return `data.attributes.sizeOctets must be a whole number of octets, not ${JSON.stringify(text)}`;
    }
    attributes[name] = meter === 'voice' && name === 'calledNumber' ? text.replace(/^(\+|00)/, '') : text;
  }
  if (meter === 'voice' && attributes.calledNumber !== undefined && !/^\d{1,15}$/.test(attributes.calledNumber)) {
    return 'data.attributes.calledNumber must be an E.164 number of up to 15 digits';
  }
  return attributes;
}

function textOf(given: unknown): string | null {
  if (typeof given === 'boolean') return String(given);
  if (typeof given === 'number') return Number.isSafeInteger(given) ? String(given) : null;
  const good = typeof given === 'string' && given.length <= valueMax && !/[\p{Cc}\p{Cs}]/u.test(given);
  return good ? given : null;
}
