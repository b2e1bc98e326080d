import { ageKey, quote, type TranslateContext } from '@signalbox/core';
import { type IngressClass, ingressClassKind } from './ingress-class-kind.js';
import type { Ingress } from './ingress-kind.js';

/** Which Ingresses are served. @public */
export interface ClassOptions {
  /** Serve the classes of controller `CONTROLLER/className` only. Default: those of `CONTROLLER`, and Ingresses without a class. */
  readonly className?: string;
  /** The name by which IngressClass objects call this controller. Default `haproxy.org/ingress-controller`. */
  readonly controllerName?: string;
  /** Serve Ingresses without a class too where a class name is set, or where the default class is another controller's. Default false. */
  readonly withoutClass?: boolean;
}

const defaultAnnotation = 'ingressclass.kubernetes.io/is-default-class';
const formerAnnotation = 'kubernetes.io/ingress.class';
const nameField = 'spec.ingressClassName';

/** Decides whether an Ingress is ours. A class counts through its IngressClass object alone. */
export class ClassSelection {
  readonly #base: string;
  readonly #className: string | undefined;
  readonly #controller: string;
  readonly #withoutClass: boolean;

  constructor({ className, controllerName = 'haproxy.org/ingress-controller', withoutClass = false }: ClassOptions) {
    this.#base = controllerName;
    this.#className = className === '' ? undefined : className;
    this.#controller = this.#className === undefined ? controllerName : [controllerName, this.#className].join('/');
    this.#withoutClass = withoutClass;
  }

  /** Whether the Ingress is served. Tells its owner why not, where somebody may have meant it for us. */
  takes(ingress: Ingress, context: TranslateContext): boolean {
    const name = ingress.spec?.ingressClassName;
    if (typeof name === 'string' && name !== '') return this.#takesClass(name, context);
    const former = ingress.metadata.annotations?.[formerAnnotation];
    if (former !== undefined) {
      context.report({
        severity: 'warning',
        code: 'INGRESS_CLASS_ANNOTATION',
        field: `metadata.annotations[${formerAnnotation}]`,
        message: `The annotation selects no class: the Ingress counts as one without a class. Name an IngressClass in ${nameField} instead of ${quote(former)} here.`,
      });
    }
    return this.#takesWithoutClass(context);
  }

  #takesClass(name: string, context: TranslateContext): boolean {
    const found = context.get(ingressClassKind, '', name);
    if (found === undefined) {
      context.report({
        severity: 'info',
        code: 'INGRESS_CLASS_NOT_FOUND',
        field: nameField,
        message: `There is no IngressClass ${quote(name)}, so the Ingress is not served. Create it with spec.controller ${quote(this.#controller)}, or correct the name.`,
      });
      return false;
    }
    const controller = controllerOf(found);
    if (controller === this.#controller) return true;
    if (this.#looksOurs(name, controller)) {
      const start = this.#className === undefined ? 'with the name of that class' : 'without a class name';
      context.report({
        severity: 'info',
        code: 'INGRESS_CLASS_NOT_OURS',
        field: nameField,
        message: `IngressClass ${quote(name)} has spec.controller ${quote(controller)}; served here are classes of ${quote(this.#controller)}, so the Ingress is not. Change the controller of the class, or start this program ${start} (--ingress.class).`,
      });
    }
    return false;
  }

  /** A class by our name, or one whose controller differs from ours by a class name that was forgotten on one side. */
  #looksOurs(name: string, controller: string): boolean {
    if (this.#className === undefined) return controller.startsWith(`${this.#base}/`);
    return name === this.#className || controller === this.#base;
  }

  #takesWithoutClass(context: TranslateContext): boolean {
    if (this.#withoutClass) return true;
    const byDefault = defaultClass(context.list(ingressClassKind));
    if (this.#className === undefined) return byDefault === undefined || controllerOf(byDefault) === this.#controller;
    // A default class of somebody else's makes the Ingress somebody else's.
    if (byDefault === undefined || controllerOf(byDefault) === this.#controller) {
      context.report({
        severity: 'info',
        code: 'INGRESS_WITHOUT_CLASS',
        field: nameField,
        message: `The Ingress names no class, so it is not served: this program was started for class ${quote(this.#className)}. Name an IngressClass of controller ${quote(this.#controller)}, or start it so that Ingresses without a class are served too (--empty-ingress-class).`,
      });
    }
    return false;
  }
}

/** Of several default classes the oldest counts. */
function defaultClass(classes: readonly IngressClass[]): IngressClass | undefined {
  return classes
    .filter(({ metadata }) => metadata.annotations?.[defaultAnnotation] === 'true')
    .toSorted((a, b) => (ageKey(a) < ageKey(b) ? -1 : 1))
    .at(0);
}

function controllerOf({ spec }: IngressClass): string {
  return typeof spec?.controller === 'string' ? spec.controller : '';
}
