import { describe, expect, it } from 'vitest';
import { refused } from './words.js';

describe('words of HAProxy', () => {
  it.each([
    ["unknown keyword 'hunter2'; did you mean 'tfo' maybe ?", "unknown keyword '…'; did you mean '…' maybe ?"],
    ["'id' : custom id 5 already used at (null):0 ('server app1').", "'id' : custom id 5 already used at (null):0 ('…')."],
    [
      "Can't edit the crt-list: certificate 'certs/a.pem' does not exist!",
      "Can't edit the crt-list: certificate 'certs/a.pem' does not exist!",
    ],
    ["Can't remove 'certs/b.pem'", "Can't remove '…'"],
    ['unable to parse "hunter2" <hunter2>.', "unable to parse '…' '…'."],
    ["unable to parse 'it's hunter2", "unable to parse '…'"],
    ['a\n\tb\0c', 'a b c'],
    ['', 'HAProxy said nothing where it says what it did.'],
  ])('cleans %j', (reply, why) => {
    expect(refused(reply, ['certs/a.pem'])).toEqual({ status: 'refused', why });
  });

  it('hides what is too long for a word, and cuts the rest', () => {
    expect(refused(`got ${'s'.repeat(40)} here`)).toEqual({ status: 'refused', why: "got '…' here" });
    const outcome = refused('word '.repeat(100));
    expect(outcome.status === 'refused' && outcome.why).toHaveLength(200);
  });
});
