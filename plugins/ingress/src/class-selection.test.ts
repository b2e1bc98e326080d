import { describe, expect, it } from 'vitest';
import { type ClassOptions, ClassSelection } from './class-selection.js';
import type { IngressClass } from './ingress-class-kind.js';
import { classWith, contextOf, ingressWith } from './testing/translated.js';

const own = 'haproxy.org/ingress-controller';
const foreign = classWith('nginx', 'k8s.io/ingress-nginx');

/** Whether an Ingress of a class is taken, and what its owner is told. */
function select(className: string | undefined, classes: readonly IngressClass[], options: ClassOptions = {}) {
  const context = contextOf(classes);
  const taken = new ClassSelection(options).takes(ingressWith({ ingressClassName: className }), context);
  return { taken, codes: context.said.map(({ code }) => code) };
}

describe('without a class name', () => {
  it('takes Ingresses without a class when no class is the default', () => {
    expect(select(undefined, [])).toEqual({ taken: true, codes: [] });
    expect(select('', [foreign])).toEqual({ taken: true, codes: [] });
  });

  it('takes a class of any name that has our controller', () => {
    expect(select('web', [classWith('web', own)])).toEqual({ taken: true, codes: [] });
  });

  it('takes Ingresses without a class when the default class is ours, and leaves them to others when it is not', () => {
    expect(select(undefined, [classWith('web', own, { isDefault: true })])).toEqual({ taken: true, codes: [] });
    expect(select(undefined, [classWith('nginx', 'k8s.io/ingress-nginx', { isDefault: true })])).toEqual({ taken: false, codes: [] });
  });

  it('goes by the oldest of two default classes', () => {
    const older = { isDefault: true, created: '2024-01-01T00:00:00Z' };
    const younger = { isDefault: true, created: '2025-01-01T00:00:00Z' };
    expect(select(undefined, [classWith('a', 'other', younger), classWith('b', own, older)]).taken).toBe(true);
    expect(select(undefined, [classWith('a', own, younger), classWith('b', 'other', older)]).taken).toBe(false);
  });

  it('says why a class that nobody made is not served', () => {
    expect(select('haproxy', [])).toEqual({ taken: false, codes: ['INGRESS_CLASS_NOT_FOUND'] });
  });

  it('says why a class of ours with a name behind the controller is not served, and nothing of classes of others', () => {
    expect(select('web', [classWith('web', `${own}/web`)])).toEqual({ taken: false, codes: ['INGRESS_CLASS_NOT_OURS'] });
    expect(select('nginx', [foreign])).toEqual({ taken: false, codes: [] });
  });

  it('leaves a class without a controller alone', () => {
    const { spec: _spec, ...empty } = foreign;
    expect(select('nginx', [empty])).toEqual({ taken: false, codes: [] });
  });
});

describe('with a class name', () => {
  const options = { className: 'edge' };

  it('takes classes of any name whose controller ends in it', () => {
    expect(select('web', [classWith('web', `${own}/edge`)], options)).toEqual({ taken: true, codes: [] });
  });

  it('does not take a class by its name alone, and says why', () => {
    expect(select('edge', [classWith('edge', own)], options)).toEqual({ taken: false, codes: ['INGRESS_CLASS_NOT_OURS'] });
    expect(select('edge', [classWith('edge', 'k8s.io/ingress-nginx')], options).codes).toEqual(['INGRESS_CLASS_NOT_OURS']);
  });

  it('leaves the classes of our other controllers to them', () => {
    expect(select('web', [classWith('web', `${own}/inner`)], options)).toEqual({ taken: false, codes: [] });
  });

  it('takes Ingresses without a class only where that is asked for', () => {
    expect(select(undefined, [], options)).toEqual({ taken: false, codes: ['INGRESS_WITHOUT_CLASS'] });
    expect(select(undefined, [], { ...options, withoutClass: true })).toEqual({ taken: true, codes: [] });
  });

  it("is silent where the default class makes an Ingress somebody else's", () => {
    expect(select(undefined, [classWith('nginx', 'k8s.io/ingress-nginx', { isDefault: true })], options)).toEqual({
      taken: false,
      codes: [],
    });
  });

  it('takes an empty class name for none', () => {
    expect(select('web', [classWith('web', own)], { className: '' }).taken).toBe(true);
  });
});

it('goes by another controller name', () => {
  expect(select('web', [classWith('web', 'example.com/edge')], { controllerName: 'example.com/edge' }).taken).toBe(true);
  expect(select('web', [classWith('web', own)], { controllerName: 'example.com/edge' }).taken).toBe(false);
});

describe('the former annotation', () => {
  const annotations = { 'kubernetes.io/ingress.class': 'nginx' };

  it('selects nothing, which is told', () => {
    const context = contextOf();
    expect(new ClassSelection({}).takes(ingressWith({}, annotations), context)).toBe(true);
    expect(context.said).toMatchObject([
      { severity: 'warning', code: 'INGRESS_CLASS_ANNOTATION', field: 'metadata.annotations[kubernetes.io/ingress.class]' },
    ]);
  });

  it('is not worth a word beside a class', () => {
    const context = contextOf([classWith('web', own)]);
    expect(new ClassSelection({}).takes(ingressWith({ ingressClassName: 'web' }, annotations), context)).toBe(true);
    expect(context.said).toEqual([]);
  });
});
