// Drives the packages of npm: clients.mjs DIRECTORY RELAY-PORT KEY-FILE GROUP. DIRECTORY holds node_modules; every request goes to the relay.
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import {createRequire, syncBuiltinESMExports} from 'node:module';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const [, , directory, relayPort, keyFile, group] = process.argv;
const require = createRequire(join(directory, 'any.js'));
const request = http.request;
const scratch = mkdtempSync(join(tmpdir(), 'clients-'));

// Whatever library a package uses, it ends here.
function divert(scheme) {
  return (first, second, third) => {
    const [options, callback] = typeof first === 'string' || first instanceof URL ?
        [{...fromUrl(first), ...(typeof second === 'object' ? second : {})}, third ?? second] :
        [first, second];
    const port = options.port && Number(options.port) !== (scheme === 'https' ? 443 : 80) ? `:${options.port}` : '';
    const named = Object.entries(options.headers ?? {}).find(([name]) => name.toLowerCase() === 'host');
    const host = named ? named[1] : `${options.hostname ?? options.host}${port}`;
    const headers = Object.fromEntries(Object.entries(options.headers ?? {}).filter(([name]) => name.toLowerCase() !== 'host'));
    return request(
        {
          method: options.method,
          path: options.path,
          host: '127.0.0.1',
          port: relayPort,
          headers: {...headers, host, 'x-recorder-scheme': scheme},
          agent: new http.Agent()
        },
        typeof callback === 'function' ? callback : undefined);
  };
}

function fromUrl(address) {
  const url = new URL(address);
  return {hostname: url.hostname, port: url.port, path: url.pathname + url.search};
}

https.request = divert('https');
http.request = divert('http');
syncBuiltinESMExports();

function notify(what, body) {
  return new Promise((resolve, reject) => {
    const sent =
        request({method: 'POST', host: '127.0.0.1', port: relayPort, path: `/_case/${what}`, agent: new http.Agent()}, (answer) => {
          answer.resume().on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error(`${what}: ${answer.statusCode}`))));
        });
    sent.on('error', () => reject(new Error(`${what} ${body.name ?? body.provider}`))).end(JSON.stringify(body));
  });
}

async function record(provider, name, pack, description, act, {state, ...more} = {}) {
  const {version} = JSON.parse(readFileSync(join(directory, 'node_modules', pack, 'package.json')));
  await notify('begin', {provider, state});
  try {
    await act();
  } catch (error) {
    throw new Error(`${provider}/${name}: ${error.message} ${JSON.stringify(error.response?.data ?? '')}`);
  }
  await notify('finish', {name, description, reference: `npm ${pack} ${version}`, ...more});
}

function expect(value, wanted) {
  if (value !== wanted) throw new Error(`got ${JSON.stringify(value)}, wanted ${JSON.stringify(wanted)}`);
}

async function fails(code, promise) {
  const error = await promise.then(() => undefined, (caught) => caught);
  expect(String(error?.name ?? error), code);
}

function file(name, content) {
  writeFileSync(join(scratch, name), content);
  return join(scratch, name);
}

const key = JSON.parse(readFileSync(keyFile));
const pem = ['-----BEGIN PRIVATE KEY-----', ...key.pkcs8_base64, '-----END PRIVATE KEY-----', ''].join('\n');

// Without what counts retries and names the client: these would be signed, and one of them is random.
function plain(client) {
  client.middlewareStack.addRelativeTo((next) => (args) => {
    for (const name of ['amz-sdk-invocation-id', 'amz-sdk-request', 'x-amz-user-agent']) delete args.request.headers[name];
    return next(args);
  }, {relation: 'before', toMiddleware: 'httpSigningMiddleware', name: 'plain', override: true});
  return client;
}

async function aws() {
  const ecr = require('@aws-sdk/client-ecr');
  const open = require('@aws-sdk/client-ecr-public');
  const {fromHttp} = require('@aws-sdk/credential-provider-http');
  const credentials = {accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'};
  const keys = {access_key_id: credentials.accessKeyId, secret_access_key: credentials.secretAccessKey};
  const client = (region = 'eu-central-1', more = {}) => plain(new ecr.ECRClient({region, credentials, maxAttempts: 1, ...more}));
  const ask = (name, input, from = client()) => from.send(new ecr[`${name}Command`](input));
  const team = {registryId: '123456789012', repositoryNames: ['team/app']};
  const filters = [{filterType: 'WILDCARD', filter: 'dev-*'}];

  const record_aws = (name, description, act, more = {}) => record('aws', name, '@aws-sdk/client-ecr', description, act, {keys, ...more});
  await record_aws('templates', 'A template that creates what is pushed to.', async () => {
    const answer = await ask('DescribeRepositoryCreationTemplates', {});
    expect(answer.repositoryCreationTemplates[0].appliedFor[0], 'CREATE_ON_PUSH');
  }, {state: {templates: [{prefix: 'ROOT', appliedFor: ['CREATE_ON_PUSH'], imageTagMutability: 'IMMUTABLE'}]}});
  await record_aws('templates-none', 'No template.', () => ask('DescribeRepositoryCreationTemplates', {}));
  await record_aws(
      'setting-blob-mounting', 'May layers be mounted from another repository?', () => ask('GetAccountSetting', {name: 'BLOB_MOUNTING'}));
  await record_aws('repository-excluded-tags', 'Immutable tags, but for some.', async () => {
    const answer = await ask('DescribeRepositories', team);
    expect(answer.repositories[0].imageTagMutabilityExclusionFilters[0].filter, 'dev-*');
  }, {
    state: {
      repositories:
          {123456789012: {'team/app': {imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION', imageTagMutabilityExclusionFilters: filters}}}
    }
  });
  await record_aws('create-whole', 'All that can be asked for at once.', () => ask('CreateRepository', {
                                                                           registryId: '123456789012',
                                                                           repositoryName: 'team/new',
                                                                           imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
                                                                           imageTagMutabilityExclusionFilters: filters,
                                                                           encryptionConfiguration: {encryptionType: 'AES256'},
                                                                           tags: [{Key: 'team', Value: 'platform'}]
                                                                         }));
  await record_aws(
      'repository-missing-npm', 'Another client understands the same error.',
      () => fails('RepositoryNotFoundException', ask('DescribeRepositories', {...team, repositoryNames: ['team/absent']})));

  for (const [name, region, more] of [
           ['dualstack', 'eu-central-1', {useDualstackEndpoint: true}], ['fips-newer', 'us-east-1', {useFipsEndpoint: true}],
           ['fips-dualstack', 'us-east-1', {useFipsEndpoint: true, useDualstackEndpoint: true}],
           ['china-dualstack', 'cn-north-1', {useDualstackEndpoint: true}], ['sovereign', 'eusc-de-east-1', {}]]) {
    await record_aws(
        `token-${name}`, `GetAuthorizationToken of ${region}${Object.keys(more).map((flag) => ', ' + flag).join('')}.`,
        () => ask('GetAuthorizationToken', {}, client(region, more)), {state: {region}});
  }
  await record('aws', 'public-token-dualstack', '@aws-sdk/client-ecr-public', 'ECR Public over its dual-stack endpoint.', async () => {
    await plain(new open.ECRPUBLICClient({region: 'us-east-1', credentials, useDualstackEndpoint: true}))
        .send(new open.GetAuthorizationTokenCommand({}));
  }, {keys});
  await record_aws('source-container-token-file', 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, which is read anew each time.', async () => {
    const given = await fromHttp({
      awsContainerCredentialsFullUri: 'http://169.254.170.23/v1/credentials',
      awsContainerAuthorizationTokenFile: file('token', 'of-the-pod')
    })();
    expect(given.accessKeyId, 'ASIDEXAMPLETASK');
  }, {keys: undefined, state: {container: {path: '/v1/credentials', authorization: 'of-the-pod'}}});
}

async function gcp() {
  const {JWT, UserRefreshClient, IdentityPoolClient, GoogleAuth} = require('google-auth-library');
  const scopes = ['https://www.googleapis.com/auth/cloud-platform'];
  const email = 'pusher@example-project.iam.gserviceaccount.com';
  const keys = {service_account_key: 'keys/throw_away_rsa.json'};
  const repository = 'https://artifactregistry.googleapis.com/v1/projects/example-project/locations/europe-west1/repositories/team';
  const record_gcp = (name, description, act, more) => record('gcp', name, 'google-auth-library', description, act, more);
  const gives = async (client, account) => expect((await client.getAccessToken()).token, `access-of-${account}`);
  const pool = {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci/providers/forge',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: 'https://sts.googleapis.com/v1/token'
  };
  const impersonation = {
    service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${email}:generateAccessToken`
  };
  const from = (credentials) => {
    const client = new GoogleAuth({scopes}).fromJSON(credentials);
    client.scopes = scopes;
    return client;
  };
  const user =
      {type: 'authorized_user', client_id: 'client-of-the-test', client_secret: 'client-secret', refresh_token: 'refresh-of-alice'};

  await record_gcp(
      'token-key-npm', 'A service account\'s key, by another client.',
      () => gives(new JWT({email, key: pem, keyId: key.key_id, scopes}), email), {keys, signed: ['assertion']});
  await record_gcp('self-signed', 'No exchange: the signed JWT is itself the access token.', async () => {
    const client = new JWT({email, key: pem, keyId: key.key_id, scopes});
    client.useJWTAccessWithScope = true;
    await client.request({url: repository});
  }, {keys, signed: ['authorization']});
  await record_gcp(
      'token-user-npm', 'A user\'s refresh token, by another client.', () => gives(UserRefreshClient.fromJSON(user), 'alice@example.com'));
  await record_gcp(
      'federation-file', 'Workload identity: a token in a file is exchanged.',
      () => gives(from({...pool, credential_source: {file: file('subject', 'subject-of-the-test')}}), 'principal-of-ci'));
  await record_gcp(
      'federation-impersonated', 'The same, then a service account\'s token.',
      () => gives(from({...pool, ...impersonation, credential_source: {file: file('subject', 'subject-of-the-test')}}), email));
  await record_gcp(
      'federation-url', 'The token comes from an address, as a forge\'s jobs have it.',
      () => gives(
          from({
            ...pool,
            credential_source: {
              url: 'https://forge.example/actions/id-token?audience=gcp',
              headers: {Authorization: 'bearer request-token-of-the-test'},
              format: {type: 'json', subject_token_field_name: 'value'}
            }
          }),
          'principal-of-ci'));
  const on_aws = {
    ...pool,
    subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
    credential_source: {
      environment_id: 'aws1',
      region_url: 'http://169.254.169.254/latest/meta-data/placement/availability-zone',
      url: 'http://169.254.169.254/latest/meta-data/iam/security-credentials',
      imdsv2_session_token_url: 'http://169.254.169.254/latest/api/token',
      regional_cred_verification_url: 'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15'
    }
  };
  await record_gcp(
      'federation-aws-instance', 'The token is a question to AWS, signed with the keys of an instance.',
      () => gives(from(on_aws), 'principal-of-aws'));
  const keys_of_aws = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
  };
  Object.assign(process.env, keys_of_aws);
  await record_gcp(
      'federation-aws', 'The same with the keys of the environment.', () => gives(from(on_aws), 'principal-of-aws'));
  for (const name of Object.keys(keys_of_aws)) delete process.env[name];
  await record_gcp(
      'impersonated', 'impersonated_service_account: a user acts as a service account.',
      () => gives(from({type: 'impersonated_service_account', source_credentials: user, delegates: [], ...impersonation}), email));
  await record_gcp(
      'workforce', 'external_account_authorized_user: a user of a workforce pool.',
      () => gives(
          from({
            type: 'external_account_authorized_user',
            audience: '//iam.googleapis.com/locations/global/workforcePools/people/providers/forge',
            client_id: 'client-of-the-test',
            client_secret: 'client-secret',
            refresh_token: 'refresh-of-workforce',
            token_url: 'https://sts.googleapis.com/v1/oauthtoken'
          }),
          'alice@example.com'));

  const {ArtifactRegistryClient} = require('@google-cloud/artifact-registry');
  const registry = new ArtifactRegistryClient({fallback: true, auth: new GoogleAuth({authClient: UserRefreshClient.fromJSON(user)})});
  const record_api = (name, description, act, more) => record('gcp', name, '@google-cloud/artifact-registry', description, act, more);
  const parent = 'projects/example-project/locations/europe-west1';
  await record_api('repository-npm', 'A repository, by Google\'s own client.', async () => {
    const [found] = await registry.getRepository({name: `${parent}/repositories/team`});
    expect(found.format, 'DOCKER');
  });
  await record_api('permissions-npm', 'testIamPermissions, by Google\'s own client.', async () => {
    const [answer] = await registry.testIamPermissions(
        {resource: `${parent}/repositories/team`, permissions: ['artifactregistry.repositories.uploadArtifacts']});
    expect(answer.permissions.length, 1);
  });
  await record_api('create-npm', 'A repository is created and the operation polled, by Google\'s own client.', async () => {
    const [operation] =
        await registry.createRepository({parent, repositoryId: 'new', repository: {format: 'DOCKER', mode: 'STANDARD_REPOSITORY'}});
    const [made] = await operation.promise();
    expect(made.name, `${parent}/repositories/new`);
  });
}

async function azure() {
  const {ContainerRegistryClient} = require('@azure/container-registry');
  const {ContainerRegistryManagementClient} = require('@azure/arm-containerregistry');
  const {ClientSecretCredential, ManagedIdentityCredential, WorkloadIdentityCredential} = require('@azure/identity');
  const tenant = '11111111-1111-1111-1111-111111111111', id = '22222222-2222-2222-2222-222222222222';
  const authorityHost = 'https://login.microsoftonline.com';
  const secret = () => new ClientSecretCredential(tenant, id, 'client-secret-of-the-test', {authorityHost, disableInstanceDiscovery: true});
  const registry = (credential) => new ContainerRegistryClient(
      'https://example.azurecr.io', credential, {audience: 'https://containerregistry.azure.net', retryOptions: {maxRetries: 0}});
  const record_acr = (name, description, act, more) => record('azure', name, '@azure/container-registry', description, act, more);
  const app = async (credential) => expect((await registry(credential).getRepository('team/app').getProperties()).canWrite, true);

  await record_acr(
      'repository-npm', 'The whole chain: challenge, Entra token, exchange, access token, the repository.', () => app(secret()));
  await record_acr('tag-npm', 'A locked tag.', async () => {
    const found = await registry(secret()).getRepository('team/app').getArtifact('v1').getTagProperties('v1').catch((error) => error);
    expect(found.canWrite, false);
  }, {
    state: {
      repositories: {
        'team/app': {
          tags: {
            v1: {
              digest: 'sha256:' +
                  'a1'.repeat(32),
              attributes: {writeEnabled: false}
            }
          }
        }
      }
    }
  });

  const record_identity = (name, description, act, more) => record('azure', name, '@azure/identity', description, act, more);
  // It keeps managed identities' tokens for the whole process.
  const identities = createRequire(require.resolve('@azure/identity'))('@azure/msal-node').ManagedIdentityApplication;
  const given = async (make) =>
      (identities.nodeStorage = undefined,
       expect((await make().getToken('https://containerregistry.azure.net/.default')).token.split('.').length, 3));
  await record_identity(
      'identity-imds-npm', 'The virtual machine\'s own identity, by Microsoft\'s own client.',
      () => given(() => new ManagedIdentityCredential()));
  await record_identity(
      'identity-imds-user-npm', 'One that was assigned by a user.',
      () => given(() => new ManagedIdentityCredential({clientId: '33333333-3333-3333-3333-333333333333'})));
  await record_identity(
      'token-federated-npm', 'A federated token from a file.', () => given(() => new WorkloadIdentityCredential({
                                                                             tenantId: tenant,
                                                                             clientId: id,
                                                                             tokenFilePath: file('federated', 'federated-of-the-test'),
                                                                             authorityHost,
                                                                             disableInstanceDiscovery: true
                                                                           })));

  await record(
      'azure', 'arm-npm', '@azure/arm-containerregistry', 'The resource manager\'s view, by Microsoft\'s own client.', async () => {
        const manager = new ContainerRegistryManagementClient(secret(), '44444444-4444-4444-4444-444444444444');
        const found = await manager.registries.get('group', 'example');
        expect(found.loginServer ?? found.properties?.loginServer, 'example.azurecr.io');
      });
}

// A process of its own: the client chooses its source of identities once.
async function app_service() {
  const {ManagedIdentityCredential} = require('@azure/identity');
  process.env.IDENTITY_ENDPOINT = 'http://127.0.0.1/msi/token';
  process.env.IDENTITY_HEADER = 'identity-header-of-the-test';
  await record('azure', 'identity-app-service-npm', '@azure/identity', 'App Service, by Microsoft\'s own client.', async () => {
    await new ManagedIdentityCredential().getToken('https://containerregistry.azure.net/.default');
  });
}

try {
  await{aws, gcp, azure, app_service}[group]();
} finally {
  rmSync(scratch, {recursive: true});
}
process.exit(0);
