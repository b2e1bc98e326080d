import { describe, expect, test } from 'vitest';

import { haproxy } from './haproxy.js';
import { renderComment, renderSection } from './render-section.js';

describe('a section', () => {
  const directives = [haproxy`mode http`, haproxy`timeout server ${'1s'}`];

  test('has a header and two blanks before each directive', () => {
    expect(renderSection({ kind: 'backend', name: 'shop_svc_web_80', from: 'base', directives })).toEqual([
      'backend shop_svc_web_80 from base',
      '  mode http',
      '  timeout server 1s',
    ]);
    expect(renderSection({ kind: 'global', directives: [] })).toEqual(['global']);
  });

  test('has comments where asked', () => {
    const lines = renderSection(
      { kind: 'global', directives },
      { comment: 'ours', comments: (_directive, index) => (index === 1 ? 'Ingress shop/web' : undefined) },
    );
    expect(lines).toEqual(['# ours', 'global', '  mode http', '  # Ingress shop/web', '  timeout server 1s']);
  });

  test.for(['', 'a b', 'a\nb', 'a#', 'é'])('refuses the name %j', (name) => {
    expect(() => renderSection({ kind: 'backend', name, directives })).toThrow();
    expect(() => renderSection({ kind: 'backend', name: 'a', from: name, directives })).toThrow();
  });
});

test('a comment is one line whatever its text', () => {
  expect(renderComment('a\nbackend x\r\0\u2028y é')).toBe('# a backend x   y é');
  expect(renderComment('x'.repeat(1000)).length).toBeLessThan(210);
  expect(renderComment('')).toBe('#');
});
