import { dataKey, isBase64 } from './secret.js';
import { type Shape, fields, optional, rule, textMap } from './shape.js';

export const configMapShape: Shape = fields(
  {
    data: optional(textMap(dataKey, { test: () => true, accepted: 'text' })),
    binaryData: optional(textMap(dataKey, { test: isBase64, accepted: 'text in base64' })),
  },
  rule(({ data, binaryData }, refuse) => {
    const twice = Object.keys(data ?? {}).some((key) => Object.hasOwn(binaryData ?? {}, key));
    if (twice) refuse('binaryData', 'a map without the keys of data');
  }),
);
