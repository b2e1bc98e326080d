import { certificateFor, ingressOf, type MemorySource, serviceOf, sliceOf, type TestCertificate, tlsSecretOf } from '@signalbox/testing';

/** Numbers that look random and are the same for the same seed. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const services = 8;
const ingresses = 12;

/** A few Services, Ingresses and Secrets that change at random. */
export class RandomCluster {
  readonly #source: MemorySource;
  readonly #random: (below: number) => number;
  readonly #certificates: readonly TestCertificate[];

  private constructor(source: MemorySource, random: (below: number) => number, certificates: readonly TestCertificate[]) {
    this.#source = source;
    this.#random = random;
    this.#certificates = certificates;
  }

  static async on(source: MemorySource, random: (below: number) => number): Promise<RandomCluster> {
    const certificates = await Promise.all(Array.from({ length: 4 }, () => certificateFor(['*.tls.example'])));
    return new RandomCluster(source, random, certificates);
  }

  /** One change of one object. */
  change(): void {
    const kinds = [
      () => this.#endpoints(),
      () => this.#endpoints(),
      () => this.#endpoints(),
      () => this.#ingress(),
      () => this.#ingress(),
      () => this.#service(),
      () => this.#secret(),
      () => this.#remove(),
    ];
    kinds[this.#random(kinds.length)]?.();
  }

  #endpoints(): void {
    const count = this.#random(6);
    const endpoints = Array.from({ length: count }, () => `10.1.${String(this.#random(3))}.${String(1 + this.#random(20))}`);
    this.#source.set(sliceOf({ service: this.#serviceName(), endpoints: [...new Set(endpoints)], ports: 8000 + this.#random(2) }));
  }

  #service(): void {
    const balance = ['roundrobin', 'leastconn', 'source', 'static-rr'][this.#random(4)] ?? '';
    const annotations = this.#random(4) === 0 ? { 'haproxy.org/load-balance': balance } : {};
    this.#source.set(serviceOf({ name: this.#serviceName(), annotations }));
  }

  #ingress(): void {
    const name = this.#ingressName();
    const isTls = this.#random(2) === 0;
    const host = `${name}.${isTls ? 'tls' : 'plain'}.example`;
    const paths = Array.from({ length: 1 + this.#random(3) }, () => ({
      path: ['/', '/a', '/a/b', '/c'][this.#random(4)] ?? '/',
      service: this.#serviceName(),
    }));
    const lists = ['10.0.0.0/8, 127.0.0.0/8', '127.0.0.1', '0.0.0.0/0'];
    const annotations = {
      ...(this.#random(3) === 0 && { 'haproxy.org/allow-list': lists[this.#random(3)] ?? '' }),
      ...(this.#random(4) === 0 && { 'haproxy.org/response-set-header': `X-Number ${String(this.#random(3))}` }),
    };
    this.#source.set(
      ingressOf({
        name,
        annotations,
        rules: { [host]: [...new Map(paths.map((path) => [path.path, path])).values()] },
        ...(isTls && { tls: [{ hosts: [host], secretName: this.#secretName() }] }),
      }),
    );
  }

  #secret(): void {
    const { certificate, key } = this.#certificates[this.#random(this.#certificates.length)] as TestCertificate;
    this.#source.set(tlsSecretOf({ name: this.#secretName(), certificate, key }));
  }

  #remove(): void {
    const kinds = [
      () => ingressOf({ name: this.#ingressName() }),
      () => ingressOf({ name: this.#ingressName() }),
      () => serviceOf({ name: this.#serviceName() }),
      () => tlsSecretOf({ name: this.#secretName(), certificate: '', key: '' }),
    ];
    const object = kinds[this.#random(kinds.length)]?.();
    if (object !== undefined) this.#source.delete(object);
  }

  #serviceName(): string {
    return `s${String(this.#random(services))}`;
  }

  #ingressName(): string {
    return `i${String(this.#random(ingresses))}`;
  }

  #secretName(): string {
    return `t${String(this.#random(3))}`;
  }
}
