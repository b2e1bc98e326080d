import { type ClusterShape, nameOf } from './cluster.js';

/** A kind of cluster that comes in several sizes. */
export type ShapeOfSize = (size: number) => ClusterShape;

/** One host, one Service, one slice of ten endpoints for each Ingress. */
export const plain: ShapeOfSize = (size) => ({
  ingresses: size,
  services: size,
  slicesPerService: 1,
  endpointsPerSlice: 10,
  namespaces: 50,
  hostOf,
  serviceOf: (ingress) => ingress,
});

/** All Ingresses have paths of the same host. */
export const oneHost: ShapeOfSize = (size) => ({ ...plain(size), hostOf: () => 'shop.example' });

/** All Ingresses lead to the same Service. */
export const oneService: ShapeOfSize = (size) => ({ ...plain(size), services: 1, namespaces: 1, serviceOf: () => 0 });

/** All Ingresses name the same Secret. */
export const oneSecret: ShapeOfSize = (size) => ({ ...plain(size), namespaces: 1, secretOf: () => 'wildcard-certificate' });

/** A Service with many slices, and a few Ingresses. */
export const manySlices: ShapeOfSize = (size) => ({ ...oneService(10), slicesPerService: size });

function hostOf(ingress: number): string {
  return [nameOf('host', ingress), 'example'].join('.');
}
