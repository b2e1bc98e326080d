/** In a module of its own, so that a bundle takes this one class and not all of client-node: what is imported late and whole is kept whole. */
export { KubeConfig } from '@kubernetes/client-node';
