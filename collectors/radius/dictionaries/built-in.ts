/** The dictionaries that meterd brings, in the order they are read; an operator's files follow them. */
import { standardDictionary } from './standard.ts';
import { vendorDictionary } from './vendors.ts';

export const builtInDictionaries = [
  { name: 'built-in standard', text: standardDictionary },
  { name: 'built-in vendors', text: vendorDictionary },
] as const;
