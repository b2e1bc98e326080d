import { testFields } from './field-suite.js';

await testFields((type) => type === 'name' || type === 'reference');
