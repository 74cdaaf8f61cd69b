import type { Rule } from './rule.ts';

/** Bounded, and begun only at the start of a word, so that a long run of letters takes linear time. */
const EMAIL =
  /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]{1,128}(?:@|%40)[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){0,6}\.\p{L}{2,24}/gu;
const CARD = /(?<![\d.-])\d(?:[ -]?\d){12,18}(?![\d-])/g;
const IBAN = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b/g;
/** With a country code, or in common national forms: digits alone are too often ids. */
const PHONE =
  /(?<![\w.+-])(?:\+(?!\d{4,}\.\d+(?![\d.]))\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){6,12}|\(\d{2,5}\)[ .-]?\d{3,4}[ .-]?\d{3,4}|\d{3}[-.]\d{3}[-.]\d{4}|0\d{2,4}[ /-]\d{3,4}[ -]?\d{3,5})(?![\w-])/g;
const TAX_NUMBER = /(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])/g;

const digitsOf = (text: string): string => text.replace(/\D/g, '');

/** Whether the check digit of a payment card is right. */
export const passesLuhn = (text: string): boolean => {
  const digits = Array.from(digitsOf(text), Number).toReversed();
  const sum = digits.reduce((total, digit, at) => {
    const twice = at % 2 === 1 ? digit * 2 : digit;
    return total + (twice > 9 ? twice - 9 : twice);
  }, 0);
  return digits.length > 0 && sum % 10 === 0;
};

/** Whether the check digits of an IBAN are right: letters count from 10, and the number modulo 97 is 1. */
export const passesIban = (text: string): boolean => {
  const plain = text.replace(/ /g, '').toUpperCase();
  if (plain.length < 15 || plain.length > 34) return false;
  const turned = Array.from(`${plain.slice(4)}${plain.slice(0, 4)}`);
  const remainder = turned.reduce((rest, ch) => {
    const value = Number.parseInt(ch, 36);
    return (rest * (value > 9 ? 100 : 10) + value) % 97;
  }, 0);
  return remainder === 1;
};

const emails: Rule = (text) => text.replace(EMAIL, '[email]');
const cards: Rule = (text) => text.replace(CARD, (digits) => (isCard(digits) ? '[card]' : digits));
const isCard = (digits: string): boolean => /^(?:2[2-7]|[3-6])/.test(digits) && passesLuhn(digits);
/** The pattern may include a following word, so the longest prefix with right check digits is the number. */
const ibans: Rule = (text) =>
  text.replace(IBAN, (found) => {
    for (let end = found.length; end >= 15; end--) {
      const start = found.slice(0, end);
      if (passesIban(start)) return `[iban]${found.slice(end)}`;
    }
    return found;
  });
const phones: Rule = (text) => text.replace(PHONE, '[phone]');
const taxNumbers: Rule = (text) => text.replace(TAX_NUMBER, '[person id]');

/** IBANs before cards before phones: each form contains texts that look like the next. */
export const PERSONAL_RULES: readonly Rule[] = [emails, ibans, cards, taxNumbers, phones];
