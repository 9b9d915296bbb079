// The JavaScript client from the npm registry: list, watch, informer. Prints one line a step.
import { KubeConfig, CoreV1Api, Watch, makeInformer } from '@kubernetes/client-node';

const config = new KubeConfig();
config.loadFromFile(process.env.KUBECONFIG);
const core = config.makeApiClient(CoreV1Api);
const namespace = process.argv[2];

const nodes = await core.listNode();
console.log(`nodes ${nodes.items.length}`);

const seen = new Promise((resolve, reject) => {
  new Watch(config).watch(`/api/v1/namespaces/${namespace}/configmaps`, {}, (type, object) => {
    if (object.metadata.name === 'from-js') resolve(type);
  }, (error) => reject(error ?? new Error('the watch ended'))).catch(reject);
});
const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, () => core.listNamespacedConfigMap({ namespace }));
const informed = new Promise((resolve, reject) => {
  informer.on('add', (object) => { if (object.metadata.name === 'from-js') resolve(object.data.a); });
  informer.on('error', reject);
});
await informer.start();
await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'from-js' }, data: { a: '1' } } });
console.log(`watched ${await seen}`);
console.log(`informed ${await informed}`);
await informer.stop();
process.exit(0);
