// Plants a member into each union that decides what is safe, and expects the compiler to name every
// file that must place it: libs/README.md, "How to add", tells these lists. Writes nothing to the
// tree.
import { globSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import ts from 'typescript';

const SPEC = 'libs/contracts/src/events/event-types.spec.ts';
const PLANTS = [
  {
    member: 'DeviceProbed',
    into: 'libs/domain/src/device/device.types.ts',
    after: "  | { readonly type: 'DeviceReset'; readonly data: DeviceName }\n",
    plant: "  | { readonly type: 'DeviceProbed'; readonly data: DeviceName }\n",
    needs: [
      'libs/contracts/src/events/event-traits.ts',
      'libs/domain/src/device/device.fold.ts',
      'libs/domain/src/device/ends-life.ts',
    ],
  },
  {
    // SPEC holds the schemas to the domain's types; a schema asks for an example.
    member: 'ProbeHappened',
    into: 'libs/contracts/src/events/device.schema.ts',
    after: '  DeviceReset: z.object(deviceName),\n',
    plant: '  ProbeHappened: z.object(deviceName),\n',
    needs: ['libs/contracts/src/asyncapi/examples.ts', SPEC],
  },
  {
    member: 'ProbeDevice',
    into: 'libs/domain/src/device/device.command.types.ts',
    after: "  | { readonly type: 'ResetDevice' }\n",
    plant: "  | { readonly type: 'ProbeDevice' }\n",
    needs: ['libs/domain/src/device/life.decider.ts'],
  },
  {
    member: 'probe-refused',
    into: 'libs/domain/src/device/device.command.types.ts',
    after: "        | 'device-disabled'\n",
    plant: "        | 'probe-refused'\n",
    needs: [
      'libs/services/registry/src/http/refusal-problem.ts',
      'libs/services/registry/src/internal/activate-device.ts',
      'libs/services/registry/src/internal/claim-unit.ts',
    ],
  },
  {
    member: 'probe-ended',
    into: 'libs/domain/src/session/session-end.ts',
    after: "  'kicked',\n",
    plant: "  'probe-ended',\n",
    needs: ['libs/services/auth-gateway/src/sessions/close-reason.ts'],
  },
  {
    member: 'probe-cut',
    into: 'libs/ports/src/device-listener.port.ts',
    after: "  | 'packet-too-large'\n",
    plant: "  | 'probe-cut'\n",
    needs: ['libs/services/auth-gateway/src/sessions/close-reason.ts'],
  },
  {
    // It must be one of the public contract's reasons, too (decision-teller, close-reason); the
    // message on the fault that is planted below spells the reasons out (wire-claim).
    member: 'probe-reason',
    into: 'libs/dialects/src/refusals/refusal-reasons.ts',
    after: "  'bad-secret',\n",
    plant: "  'probe-reason',\n",
    needs: [
      'libs/dialects/src/alibaba/http/alibaba-answers.ts',
      'libs/dialects/src/enos/http/enos-answers.ts',
      'libs/dialects/src/http/http-answers.ts',
      'libs/dialects/src/huawei/http/huawei-answers.ts',
      'libs/dialects/src/refusals/connack.ts',
      'libs/services/auth-gateway/src/authority/decision-teller.ts',
      'libs/services/auth-gateway/src/authority/denials.ts',
      'libs/services/auth-gateway/src/authority/wire-claim.ts',
      'libs/services/auth-gateway/src/sessions/close-reason.ts',
    ],
  },
  {
    member: 'probe-fault',
    into: 'libs/ports/src/device-listener.port.ts',
    after: "export type ClaimFault = 'protocol-version'",
    plant: " | 'probe-fault'",
    needs: [
      'libs/device-transport/src/mqtt/connection.ts',
      'libs/device-transport/src/mqtt/refusals.ts',
      'libs/services/auth-gateway/src/authority/device-authority.ts',
      'libs/services/auth-gateway/src/authority/wire-claim.ts',
    ],
  },
];

const planted = new Map();
for (const { into, after, plant } of PLANTS) {
  const path = resolve(into);
  const text = planted.get(path) ?? readFileSync(path, 'utf8');
  if (!text.includes(after)) throw new Error(`${into} has no longer the line ${after}`);
  planted.set(path, text.replace(after, after + plant));
}

const { config } = ts.readConfigFile('tsconfig.base.json', ts.sys.readFile);
const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, dirname('.'));
Object.assign(options, {
  noEmit: true,
  composite: false,
  declaration: false,
  declarationMap: false,
  sourceMap: false,
  incremental: false,
  rewriteRelativeImportExtensions: false,
  allowImportingTsExtensions: true,
  experimentalDecorators: true,
});
const host = ts.createCompilerHost(options);
const read = host.readFile;
host.readFile = (path) => planted.get(resolve(path)) ?? read(path);
host.getSourceFile = (path, language) => {
  const text = host.readFile(path);
  return text === undefined ? undefined : ts.createSourceFile(path, text, language, true);
};

const roots = globSync('libs/**/src/**/*.ts').filter(
  (path) => path === SPEC || !/\.(spec|conformance|builder)\.ts$/.test(path),
);
const program = ts.createProgram(roots, options, host);
const errors = roots.flatMap((path) =>
  program
    .getSemanticDiagnostics(program.getSourceFile(path))
    .map((error) => ({ path, text: ts.flattenDiagnosticMessageText(error.messageText, '\n') })),
);

let missed = 0;
for (const { member, needs } of PLANTS) {
  const named = errors.filter(({ text }) => text.includes(member)).map(({ path }) => path);
  const found = [...new Set(named)].sort();
  if (JSON.stringify(found) === JSON.stringify(needs)) continue;
  missed += 1;
  console.log(
    `MISSED  ${member}: expected ${needs.join(', ')}; the compiler named ${found.join(', ')}`,
  );
}
console.log(`${PLANTS.length - missed} of ${PLANTS.length} planted members are asked for.`);
process.exit(missed === 0 ? 0 : 1);
