/* The ABI between berth and a flavor plugin, in C.
 *
 * A plugin is one shared object. It exports one symbol, berth_plugin_0, of type
 * `const berth_plugin`, and has one ELF note with the same metadata, which the host reads without
 * loading the object. C++ authors include container_registry.hpp, which creates both.
 *
 * Rules
 * - Strings are {pointer, length}, UTF-8, not terminated; NULL only with length 0. They are
 *   borrowed: valid until the function that they are passed to returns. Results are written to a
 *   berth_sink, which copies them; a plugin may pass NULL for one that it does not need.
 * - Texts for people (messages, fixes, reasons, causes, log lines) are truncated to 4,096 bytes,
 *   at a character, and invalid UTF-8 in them is replaced. Everything else over its limit is
 *   refused, and so are NULL with a length, zero bytes, and invalid UTF-8 where bytes are not
 *   allowed: BERTH_STATUS_REFUSED, or a contract violation where there is no status.
 * - A struct that may grow starts with its size in bytes, set by the side that created it. Fields
 *   are only appended. Do not read or write a field beyond `size`: check with BERTH_HAS, never
 *   with sizeof, which is the size in this version of the header. Array elements have no size
 *   field: their stride is next to the array (BERTH_STRIDE_HAS). berth_string, berth_http_header
 *   and the sinks never change.
 * - No exception crosses the boundary. Neither side frees the other's memory.
 * - [main thread] The host calls all functions of a plugin on one thread, one at a time: create;
 *   then prepare_image_push, push_image and extensions, in any order; then destroy, unless the
 *   process exits first. An extension may also be called while another function of the plugin
 *   waits inside a service: hold no lock there. Functions of berth_call and of services may be
 *   called only on that thread, until the plugin's function returns. Otherwise they return
 *   BERTH_STATUS_REFUSED or NULL, or do nothing. `now` may be called on any thread at any time.
 * - A plugin runs in its own process and is never unloaded. It has memory, threads, clocks, random
 *   numbers, and stdout and stderr, which are shown with -v. It has no network, files, environment
 *   and child processes: berth_call and its services provide those. Therefore std::locale("") is
 *   "C", and time zones, users and names of hosts cannot be looked up. Static constructors run in
 *   the sandbox, within the limit of load.
 * - It may require only the C and C++ runtimes: libc, libm, libdl, libpthread, librt, libgcc_s,
 *   libatomic, libstdc++, libc++, libc++abi, libunwind. Link others statically.
 * - create may be called several times, also before destroy of another flavor. Flavors are
 *   separate; their functions are called one at a time.
 * - Limits, without the time that the host spends in services: load and create 2 s each, destroy
 *   1 s, every other function 5 s; per function 1,000 calls of `log`, `report`, `cancelled` and
 *   services; per process 60 s of CPU time and 2 GiB of address space. A plugin that exceeds one is
 *   terminated, with an error that names the plugin and the limit.
 *
 * Versions and ids
 * - Within a major version, structs grow at their end, limits only grow, and nothing else changes.
 *   A plugin runs in every host of its major version whose minor version is at least its
 *   min_host_minor, which is 0 unless the author sets it.
 * - Services and extensions have ids: "name/N" is berth's, "reverse.domain.name/N" a vendor's. N
 *   grows when a struct cannot. A draft has its final id from the start; while it is a draft, N
 *   grows with each change. "upload-rules/1" is a draft until more flavors need it.
 * - Statuses from 1,000 are never berth's.
 *
 * Major version 0 may change; CHANGELOG.md lists the changes.
 */
#ifndef BERTH_ABI_H
#define BERTH_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BERTH_ABI_MAJOR 0
#define BERTH_ABI_MINOR 1
#define BERTH_DETAIL_QUOTE(number) #number
#define BERTH_DETAIL_VERSION(major, minor) BERTH_DETAIL_QUOTE(major) "." BERTH_DETAIL_QUOTE(minor)
#define BERTH_ABI_VERSION BERTH_DETAIL_VERSION(BERTH_ABI_MAJOR, BERTH_ABI_MINOR)

/* The calling convention of all functions, for compilers whose default can be changed. */
#if defined(_WIN32)
#define BERTH_CALL __cdecl
#else
#define BERTH_CALL
#endif

/* Exports the plugin's descriptor. On Windows nothing else is exported then. */
#if defined(_WIN32)
#define BERTH_EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#define BERTH_EXPORT __attribute__((visibility("default")))
#else
#define BERTH_EXPORT
#endif

/* Puts a variable into the section of the note: ELF; PE, whose names have at most 8 characters;
 * Mach-O. */
#if defined(_MSC_VER) && !defined(__clang__)
#pragma section(".berth", read)
#define BERTH_NOTE_SECTION __declspec(allocate(".berth"))
#elif defined(_WIN32)
#define BERTH_NOTE_SECTION __attribute__((section(".berth"), used, aligned(4)))
#elif defined(__APPLE__)
#define BERTH_NOTE_SECTION __attribute__((section("__DATA_CONST,__berth"), used, aligned(4)))
#else
#define BERTH_NOTE_SECTION __attribute__((section(".note.berth"), used, aligned(4)))
#endif

/* Whether the struct that `pointer` points to, as created by the other side, includes `field`. */
#ifdef __cplusplus
#define BERTH_HAS(pointer, field)                                                            \
  ((pointer)->size >= static_cast<size_t>(reinterpret_cast<const char*>(&(pointer)->field) - \
                                          reinterpret_cast<const char*>(pointer)) +          \
                          sizeof((pointer)->field))
#else
#define BERTH_HAS(pointer, field) \
  ((pointer)->size >=             \
   (size_t)((const char*)&(pointer)->field - (const char*)(pointer)) + sizeof((pointer)->field))
#endif
/* The same for the elements of an array, whose `stride` is next to it. `first`: its first element,
 * which is not read. */
#ifdef __cplusplus
#define BERTH_STRIDE_HAS(stride, first, field)                                      \
  ((stride) >= static_cast<size_t>(reinterpret_cast<const char*>(&(first)->field) - \
                                   reinterpret_cast<const char*>(first)) +          \
                   sizeof((first)->field))
#else
#define BERTH_STRIDE_HAS(stride, first, field) \
  ((stride) >=                                 \
   (size_t)((const char*)&(first)->field - (const char*)(first)) + sizeof((first)->field))
#endif

/* The exported symbol; its name includes the major version. */
#define BERTH_PLUGIN_NAME berth_plugin_0
#define BERTH_PLUGIN_SYMBOL "berth_plugin_0"

/* Statuses. Both sides treat any other value as BERTH_STATUS_FAILED. */
#define BERTH_STATUS_OK 0
#define BERTH_STATUS_FAILED 1 /* `error` has the reason */
/* Not carried out: not permitted, malformed, or over a limit; wrong thread; second push. From
 * create: bad URI or settings. */
#define BERTH_STATUS_REFUSED 2
#define BERTH_STATUS_NOT_FOUND 3 /* not found; not an error by itself */
#define BERTH_STATUS_CANCELLED                                       \
  4 /* the user cancelled, before or during the call: return at once \
     */
/* FAILED because the credentials are not authorized: the result is unknown. */
#define BERTH_STATUS_DENIED 5

/* Severities of a finding. Any other value is treated as BERTH_SEVERITY_ERROR, which blocks the
 * push. */
#define BERTH_SEVERITY_INFO 0
#define BERTH_SEVERITY_WARNING 1
#define BERTH_SEVERITY_ERROR 2

/* Types of a setting's value. */
#define BERTH_TYPE_STRING 0
#define BERTH_TYPE_INTEGER 1
#define BERTH_TYPE_NUMBER 2
#define BERTH_TYPE_BOOLEAN 3

typedef struct berth_string {
  const char* data;
  size_t size;
} berth_string;

/* Receives one string. A second write replaces the first. Owned by the caller; valid until the
 * function that it is passed to returns. */
typedef struct berth_sink {
  void* context;
  void(BERTH_CALL* write)(void* context, berth_string text);
} berth_sink;

/* A setting of the container registry, typed by the flavor's schema; defaults are included. */
typedef struct berth_setting {
  berth_string key;
  int32_t type;
  berth_string string; /* BERTH_TYPE_STRING */
  int64_t integer;     /* BERTH_TYPE_INTEGER; BERTH_TYPE_BOOLEAN: 0 or 1 */
  double number;       /* BERTH_TYPE_NUMBER */
} berth_setting;

/* The arguments of create. */
typedef struct berth_create_options {
  uint32_t size;
  berth_string uri; /* "ghcr.io/acme", "oci:/srv/images" */
  const berth_setting* settings;
  size_t setting_count;
  size_t setting_size; /* stride of `settings` */
  /* Used with BERTH_STATUS_REFUSED; both optional. `fix`: the user's next step. `code`: the code of
   * the error ("acme.uri"): the flavor's name, a dot, and [a-z0-9.-]. */
  const berth_sink* fix;
  const berth_sink* code;
  /* The host: "berth 1.4.0", and its BERTH_ABI_MINOR. For messages and for faults of one version;
   * what it offers is found by query and BERTH_HAS. */
  berth_string host;
  uint32_t host_minor;
} berth_create_options;

/* A blob of the image. */
typedef struct berth_blob {
  berth_string media_type;
  berth_string digest; /* empty until the blob is compressed */
  uint64_t bytes;      /* exact if `digest` is set, else an upper bound */
} berth_blob;

/* The image to push. */
typedef struct berth_image {
  uint32_t size;
  berth_string reference;  /* the full destination: "ghcr.io/acme/app:1.2" */
  berth_string repository; /* below the container registry's URI: "app"; empty: the URI itself */
  berth_string repository_path; /* below the host: "acme/app" */
  berth_string tag;             /* empty with a digest reference */
  int32_t has_content;          /* 0: `check` without a source; the fields below are empty */
  berth_string digest;          /* of the manifest; empty until all layers are compressed */
  berth_string media_type;      /* of the manifest */
  const berth_blob* blobs;      /* config and layers */
  size_t blob_count;
  size_t blob_size;              /* stride of `blobs` */
  const berth_string* platforms; /* "linux/amd64" */
  size_t platform_count;
} berth_image;

/* A result of validation. */
typedef struct berth_finding {
  uint32_t size;
  int32_t severity;
  /* Stable, lower case, starts with the flavor's name: "acme.repository". At most 128 bytes. */
  berth_string code;
  berth_string message; /* one sentence, lower case, no full stop */
  berth_string fix;     /* the user's next step; empty if unknown */
} berth_finding;

/* The error of a service. Borrowed until the next call of a service. */
typedef struct berth_error {
  uint32_t size;
  uint64_t id;                   /* identifies it in this function of the plugin; see set_cause */
  berth_string code;             /* berth's code: "auth.denied" */
  berth_string registry_message; /* the registry's error message; may be empty */
} berth_error;

/* The host, as seen by one function of a plugin. `context` is the first argument of each function
 * here and of each service. */
typedef struct berth_call {
  uint32_t size;
  void* context;
  /* Writes a log line, shown with -v. The host escapes it. */
  void(BERTH_CALL* log)(void* context, berth_string text);
  /* Returns milliseconds since the Unix epoch. [any thread] */
  int64_t(BERTH_CALL* now)(void* context);
  /* Returns 1 once the user has cancelled. The process is killed 250 ms later. */
  int32_t(BERTH_CALL* cancelled)(void* context);
  /* Reports a finding; at most 1,000 are kept. A call on another thread, or with a finding that is
   * malformed, would lose it: contract violation, the function fails. */
  void(BERTH_CALL* report)(void* context, const berth_finding* finding);
  /* Returns a service by id ("registry/1"), valid until the plugin's function returns. NULL if the
   * host does not have it or does not offer it to this function. */
  const void*(BERTH_CALL* query)(void* context, berth_string id);
  /* Sets the user's next step, shown with the error that this function returns ("acme login
   * --profile dev"). A second call replaces the first. Ignored on success. Check with BERTH_HAS. */
  void(BERTH_CALL* set_fix)(void* context, berth_string fix);
  /* Returns the error of the last call of a service in this function; NULL if that did not fail, or
   * the request was not sent. Check with BERTH_HAS. */
  const berth_error*(BERTH_CALL* last_error)(void* context);
  /* Declares that this function fails because of an error of a service (berth_error.id): the user
   * sees that error, not one of the plugin. A second call replaces the first; 0 removes it. Ignored
   * on success. Check with BERTH_HAS. */
  void(BERTH_CALL* set_cause)(void* context, uint64_t id);
} berth_call;

/* Service "registry/1": requests to this container registry, with the user's credentials. Needs no
 * permission. Absent with `check --offline` and for layouts. `repository` is below the container
 * registry's URI, as berth_image.repository; other repositories are not accessible.
 * BERTH_STATUS_FAILED and BERTH_STATUS_DENIED write one sentence to `error`. If the plugin's
 * function fails because of it, call set_cause with the id of last_error. */
#define BERTH_REGISTRY_1 "registry/1"
typedef struct berth_registry_1 {
  uint32_t size;
  /* Checks that the host is a container registry and accepts the user's credentials. */
  int32_t(BERTH_CALL* probe)(void* context, const berth_sink* error);
  /* Writes the digest that a tag or digest points to. BERTH_STATUS_NOT_FOUND if it does not exist.
   */
  int32_t(BERTH_CALL* manifest_digest)(void* context, berth_string repository,
                                       berth_string reference, const berth_sink* digest,
                                       const berth_sink* error);
  /* Sets the size of a blob. BERTH_STATUS_NOT_FOUND if the repository does not have it. */
  int32_t(BERTH_CALL* blob_size)(void* context, berth_string repository, berth_string digest,
                                 uint64_t* bytes, const berth_sink* error);
  /* Requests a token for `actions` ("pull,push") and writes the actions that it grants ("pull").
   * BERTH_STATUS_NOT_FOUND if the registry has no tokens, or their grants are not readable.
   * `has_side_effects` 1: on this registry a request for push creates the repository. It is sent
   * only if side effects are allowed, else BERTH_STATUS_REFUSED. */
  int32_t(BERTH_CALL* granted_actions)(void* context, berth_string repository, berth_string actions,
                                       int32_t has_side_effects, const berth_sink* granted,
                                       const berth_sink* error);
  /* Opens an upload session and cancels it, which verifies push access on registries whose tokens
   * do not show it. `has_side_effects` as above. */
  int32_t(BERTH_CALL* check_push_permission)(void* context, berth_string repository,
                                             int32_t has_side_effects, const berth_sink* error);
  /* Sends a GET or HEAD request for `path` to the registry's host, with query ("/acr/v1/a?n=9").
   * Below
   * "/v2/", only paths below the URI are permitted. `scope`: the token scope that it requires
   * ("repository:a/b:metadata_read", below the URI), or empty. `unauthenticated` 1: without
   * credentials. BERTH_STATUS_OK for every HTTP status. `headers` receives one line per header,
   * names in lower case; `body` at most 1 MiB. */
  int32_t(BERTH_CALL* request)(void* context, berth_string method, berth_string path,
                               berth_string scope, int32_t unauthenticated, int32_t* status,
                               const berth_sink* headers, const berth_sink* body,
                               const berth_sink* error);
  /* Returns 1 if requests with side effects are allowed: in push_image and with `check --probe`. */
  int32_t(BERTH_CALL* side_effects_allowed)(void* context);
  /* Writes the user name (empty for a token) and the source of the credentials in use, never the
   * secret. BERTH_STATUS_NOT_FOUND if there are no credentials. Reads credential files and runs
   * credential helpers; sends nothing to the registry. */
  int32_t(BERTH_CALL* account)(void* context, const berth_sink* username, const berth_sink* source,
                               const berth_sink* error);
} berth_registry_1;

/* Service "push/1": executes the push plan of this function. Present only in push_image. */
#define BERTH_PUSH_1 "push/1"
typedef struct berth_push_1 {
  uint32_t size;
  /* Writes the digest that was read back from the registry. BERTH_STATUS_REFUSED if a finding of
   * severity error was reported, or on a second push, which is a contract violation. */
  int32_t(BERTH_CALL* push)(void* context, const berth_sink* digest, const berth_sink* error);
} berth_push_1;

/* Services "env/1", "file/1", "exec/1", "http/1" and "crypto/1". Present in every function. Except
 * for crypto/1 each requires a permission (BERTH_NOTE_PERMISSION); without it, and for input over a
 * limit, BERTH_STATUS_REFUSED, and `error` has the missing permission or the limit. Input and
 * output may contain any bytes. */
#define BERTH_ENV_1 "env/1"
typedef struct berth_env_1 {
  uint32_t size;
  /* Writes an environment variable of berth. BERTH_STATUS_NOT_FOUND if it is not set. Permission
   * "env:NAME". */
  int32_t(BERTH_CALL* get)(void* context, berth_string name, const berth_sink* value,
                           const berth_sink* error);
} berth_env_1;

#define BERTH_FILE_1 "file/1"
typedef struct berth_file_1 {
  uint32_t size;
  /* Reads a regular file of at most 1 MiB. `path` is absolute or starts with "~/".
   * BERTH_STATUS_NOT_FOUND if it does not exist. Symbolic links that leave the directory of the
   * permission are not followed. Permission "file:PATTERN". */
  int32_t(BERTH_CALL* read)(void* context, berth_string path, const berth_sink* bytes,
                            const berth_sink* error);
} berth_file_1;

#define BERTH_EXEC_1 "exec/1"
typedef struct berth_exec_1 {
  uint32_t size;
  /* Runs a program with berth's environment, without a shell, and waits for it. argv[0] is a path
   * or is searched in PATH. At most 256 arguments; with `input` at most 1 MiB. BERTH_STATUS_OK if
   * it exited: *exit_status is its status, or 128 plus the number of the signal that killed it.
   * BERTH_STATUS_FAILED after 30 s, or 1 MiB of `out` or `err`: it is killed together with all its
   * child processes. BERTH_STATUS_NOT_FOUND if the program is missing. Permission "exec:PROGRAM".
   */
  int32_t(BERTH_CALL* run)(void* context, const berth_string* argv, size_t argument_count,
                           berth_string input, int32_t* exit_status, const berth_sink* out,
                           const berth_sink* err, const berth_sink* error);
} berth_exec_1;

/* A header. Never changes, like berth_string. */
typedef struct berth_http_header {
  berth_string name;
  berth_string value;
} berth_http_header;

/* A request of a batch. Its stride is an argument of berth_http_1.send. */
typedef struct berth_http_request {
  berth_string method; /* GET, HEAD, POST, PUT, PATCH, DELETE */
  berth_string url;    /* http or https, as permitted */
  /* At most 64. The host sets Host, Content-Length and the headers of the connection, and refuses
   * those and headers that replace the method or the path (X-HTTP-Method-Override). */
  const berth_http_header* headers;
  size_t header_count;
  /* In a request to the host of a permission "credentials:HOST", the host replaces
   * BERTH_USERNAME_PLACEHOLDER and BERTH_PASSWORD_PLACEHOLDER by the user's credentials for the
   * container registry, escaped for the Content-Type: application/json or
   * application/x-www-form-urlencoded. The plugin does not receive them: they are also removed from
   * the response. Requires the service registry/1. BERTH_STATUS_FAILED if there are no credentials.
   */
  berth_string body;
  /* 1 to 30,000, for connecting (at most 10,000), for the first byte, and for the rest. 0: 30,000.
   */
  int64_t timeout_ms;
  int32_t
      repeatable; /* 1: executing it twice is harmless, like a POST that only reads; see `send` */
} berth_http_request;

#define BERTH_USERNAME_PLACEHOLDER "{{berth:username}}"
#define BERTH_PASSWORD_PLACEHOLDER "{{berth:password}}"

typedef struct berth_http_response {
  uint32_t size;
  int32_t status;                   /* HTTP status; 0: no response, `error` has the reason */
  size_t index;                     /* of its request */
  const berth_http_header* headers; /* names in lower case */
  size_t header_count;
  berth_string body; /* at most 4 MiB, and 8 MiB per batch; a larger one is status 0 */
  berth_string error;
} berth_http_response;

/* Receives one response, borrowed until `take` returns. */
typedef struct berth_http_sink {
  void* context;
  void(BERTH_CALL* take)(void* context, const berth_http_response* response);
} berth_http_sink;

#define BERTH_HTTP_1 "http/1"
typedef struct berth_http_1 {
  uint32_t size;
  /* Sends at most 16 requests, together at most 1 MiB, in parallel, and returns one response for
   * each in their order. TLS certificates are verified; proxies come from berth's environment;
   * redirects are not followed. BERTH_STATUS_REFUSED if one is not permitted: none is sent.
   * Permission "http:PATTERN". A pattern does not permit loopback, link-local and metadata
   * addresses, unless it is that literal ("http:http://127.0.0.1"), or a variable or a key names
   * the host. Retries: up to five attempts, with increasing delays or those of `Retry-After`, none
   * started later than timeout_ms after the first. GET, HEAD, PUT, DELETE and `repeatable`
   * requests: if no connection is made (once, with a timeout of at least 10 s), if it is lost, and
   * after 408, 429, 500, 502, 503 and 504. POST and PATCH: if no connection is made, and after 429
   * or 503 with `Retry-After`, which are taken to mean that the request was not executed. RFC 9110
   * does not guarantee this for 503: a plugin that creates something must accept that it exists
   * already. */
  int32_t(BERTH_CALL* send)(void* context, const berth_http_request* requests, size_t request_count,
                            size_t request_size, const berth_http_sink* responses,
                            const berth_sink* error);
} berth_http_1;

/* Needs no permission. Input is at most 1 MiB; output is raw bytes. */
#define BERTH_CRYPTO_1 "crypto/1"
typedef struct berth_crypto_1 {
  uint32_t size;
  int32_t(BERTH_CALL* sha256)(void* context, berth_string data, const berth_sink* digest,
                              const berth_sink* error);
  int32_t(BERTH_CALL* hmac_sha256)(void* context, berth_string key, berth_string data,
                                   const berth_sink* code, const berth_sink* error);
  /* RSASSA-PKCS1-v1_5 with SHA-256. `pem`: an unencrypted RSA private key, PKCS#8 or PKCS#1. */
  int32_t(BERTH_CALL* sign_rs256)(void* context, berth_string pem, berth_string data,
                                  const berth_sink* signature, const berth_sink* error);
} berth_crypto_1;

/* An error of the registry. */
typedef struct berth_registry_error {
  uint32_t size;
  berth_string code; /* berth's code: "push.blob-denied" */
  berth_string
      message; /* the registry's: "403 DENIED: requested access to the resource is denied" */
  berth_string repository; /* below the host: "acme/app" */
} berth_registry_error;

/* Extension "credentials/1": provides credentials for the container registry. The host calls it
 * when the registry requires authentication and no source before it (options, environment,
 * settings, REGISTRY_AUTH_FILE) has credentials; again before they expire; and once for each
 * request that the registry rejected. */
#define BERTH_CREDENTIALS_1 "credentials/1"

/* Kinds of credentials. A kind that the host does not accept counts as BERTH_STATUS_NOT_FOUND. */
#define BERTH_CREDENTIAL_PASSWORD 0       /* user name and secret: sent, or exchanged for a token */
#define BERTH_CREDENTIAL_IDENTITY_TOKEN 1 /* a refresh token, exchanged at the token service */
#define BERTH_CREDENTIAL_REGISTRY_TOKEN 2 /* a bearer token, sent unchanged */

typedef struct berth_credential_request {
  uint32_t size;
  berth_string host;         /* "registry.example.com" */
  berth_string repository;   /* below the host: "acme/app"; empty: none */
  int32_t previous_rejected; /* 1: the registry rejected the credentials returned last */
  berth_string username;     /* the setting: only this user's are accepted; empty: any user's */
  uint32_t accepted_kinds;   /* bit 1 << BERTH_CREDENTIAL_… for each kind that the host accepts */
} berth_credential_request;

typedef struct berth_credential {
  uint32_t size;
  int32_t kind;
  berth_string username; /* with a password: 1 to 255 bytes, no colon; else empty */
  berth_string secret;   /* 1 to 65,536 bytes, no control characters; tokens: visible ASCII only */
  int64_t expires_at;    /* seconds since the Unix epoch; 0, or more than a year away: not known */
  berth_string source;   /* shown, at most 200 bytes: "environment ACME_TOKEN". Never the secret */
} berth_credential;

/* Receives credentials and copies them. A second call replaces the first. */
typedef struct berth_credential_sink {
  void* context;
  void(BERTH_CALL* take)(void* context, const berth_credential* credential);
} berth_credential_sink;

typedef struct berth_credentials_1 {
  uint32_t size;
  /* [main thread] Without findings, registry/1 and push/1. BERTH_STATUS_OK: credentials were
   * written to the sink. BERTH_STATUS_NOT_FOUND: no source is set up, `error` may have the reason;
   * the host continues with the credentials of Docker-compatible tools. BERTH_STATUS_REFUSED: a
   * source is broken, a user configuration error; `error` names the source and the problem. */
  int32_t(BERTH_CALL* credential)(void* flavor, const berth_call* call,
                                  const berth_credential_request* request,
                                  const berth_credential_sink* credential, const berth_sink* error);
  /* [main thread] Returns 1 if the registry's 403 means that the credentials returned last have
   * expired: the host then calls `credential` with `previous_rejected` 1 and sends the request once
   * more. Not called for 401, which always leads to that. `rejection.message` may be only "403".
   * Only `now` and `log` may be called. May be NULL. */
  int32_t(BERTH_CALL* is_expired)(void* flavor, const berth_call* call,
                                  const berth_registry_error* rejection);
} berth_credentials_1;

/* Extension "explanations/1": explains misleading error messages of the registry. The host calls it
 * once, after a push or check failed with an error of the registry. */
#define BERTH_EXPLANATIONS_1 "explanations/1"

typedef struct berth_explanations_1 {
  uint32_t size;
  /* [main thread] Without findings, registry/1 and push/1. BERTH_STATUS_OK: `cause` was written,
   * and `fix` if known. Otherwise, BERTH_STATUS_NOT_FOUND or an error, the host shows its own cause
   * and fix. */
  int32_t(BERTH_CALL* explain)(void* flavor, const berth_call* call,
                               const berth_registry_error* registry_error, const berth_sink* cause,
                               const berth_sink* fix, const berth_sink* error);
} berth_explanations_1;

/* Extension "upload-rules/1": how the registry accepts the bytes of a blob. */
#define BERTH_UPLOAD_RULES_1 "upload-rules/1"

/* Initialized to the host's defaults 0, 1, 0, 0, 0: change only what differs. Contradictory rules
 * are a contract violation. */
typedef struct berth_upload_rules {
  uint32_t size;
  /* 1: a blob is uploaded in one request. Cannot be combined with chunk sizes. */
  int32_t monolithic;
  /* 0: every request has Content-Length. Layers without a known size are compressed twice. */
  int32_t allow_unknown_length;
  /* 1: `Range` in the response to a PATCH is the size stored so far. On a mismatch the blob is
   * uploaded again, then it is an error. */
  int32_t verify_range;
  /* Maximum bytes per request, at least 65,536. 0: no limit, and a blob is uploaded in one request.
   */
  uint64_t max_chunk_size;
  /* Minimum bytes per request except the last of a blob: at most 32 MiB and max_chunk_size. */
  uint64_t min_chunk_size;
} berth_upload_rules;

typedef struct berth_upload_rules_1 {
  uint32_t size;
  /* [main thread] Called once, after create and within its time limit, without services. The rules
   * are valid for the lifetime of the flavor. On any status but BERTH_STATUS_OK the flavor is not
   * used, and `error` has the reason. */
  int32_t(BERTH_CALL* rules)(void* flavor, berth_upload_rules* rules, const berth_sink* error);
} berth_upload_rules_1;

/* The plugin's descriptor: constant, and complete once the object is loaded. All functions:
 * [main thread]. */
typedef struct berth_plugin {
  uint32_t size;
  uint32_t abi_major;
  /* The lowest BERTH_ABI_MINOR of a host that the plugin supports, as in the note. 0 unless it
   * cannot do without something of a later one: what is missing is found by query and BERTH_HAS. */
  uint32_t min_host_minor;
  /* The same bytes as the note's descriptor, but a copy of its own: tools such as patchelf move
   * notes without changing pointers to them. The host refuses a plugin whose copies differ. */
  const uint8_t* metadata;
  size_t metadata_size;
  /* Creates the flavor of one container registry; `options` is borrowed. BERTH_STATUS_OK: *flavor
   * is set and not NULL. BERTH_STATUS_REFUSED: the URI or the settings are invalid, `error` has the
   * reason. On any other status *flavor is ignored and destroy is not called. */
  int32_t(BERTH_CALL* create)(const berth_create_options* options, void** flavor,
                              const berth_sink* error);
  /* Destroys a flavor returned by create. */
  void(BERTH_CALL* destroy)(void* flavor);
  /* Returns an extension by id, valid for the lifetime of the flavor; NULL if it is not
   * implemented. */
  const void*(BERTH_CALL* query)(void* flavor, berth_string id);
  /* Validates the image and reports findings; uploads nothing. BERTH_STATUS_FAILED if validation is
   * not possible. */
  int32_t(BERTH_CALL* prepare_image_push)(void* flavor, const berth_call* call,
                                          const berth_image* image, const berth_sink* error);
  /* Validates the image, then pushes it with push/1, and writes the digest from push/1. Writes no
   * digest if a finding of severity error blocked the push. The host verifies the digest. */
  int32_t(BERTH_CALL* push_image)(void* flavor, const berth_call* call, const berth_image* image,
                                  const berth_sink* digest, const berth_sink* error);
} berth_plugin;

/* Layouts. Size, and offset of the last field, with pointers of 64 bits and of 32. i386 aligns
 * 64-bit numbers to 4 bytes: there, both sides of the ABI do. A build with other alignment, such as
 * -fpack-struct, is not a plugin. */
#define BERTH_BY_WIDTH(on64, on32) ((on64) * (sizeof(void*) == 8) + (on32) * (sizeof(void*) != 8))
#define BERTH_LAYOUT(type, field, size64, offset64, size32, offset32)                           \
  typedef char                                                                                  \
      type##_has_its_layout[sizeof(type) == BERTH_BY_WIDTH(size64, size32) &&                   \
                                    offsetof(type, field) == BERTH_BY_WIDTH(offset64, offset32) \
                                ? 1                                                             \
                                : -1]
#if !defined(__i386__)
BERTH_LAYOUT(berth_string, size, 16, 8, 8, 4);
BERTH_LAYOUT(berth_sink, write, 16, 8, 8, 4);
BERTH_LAYOUT(berth_setting, number, 56, 48, 40, 32);
BERTH_LAYOUT(berth_create_options, host_minor, 88, 80, 44, 40);
BERTH_LAYOUT(berth_blob, bytes, 40, 32, 24, 16);
BERTH_LAYOUT(berth_image, platform_count, 152, 144, 76, 72);
BERTH_LAYOUT(berth_finding, fix, 56, 40, 32, 24);
BERTH_LAYOUT(berth_error, registry_message, 48, 32, 32, 24);
BERTH_LAYOUT(berth_call, set_cause, 80, 72, 40, 36);
BERTH_LAYOUT(berth_registry_1, account, 72, 64, 36, 32);
BERTH_LAYOUT(berth_push_1, push, 16, 8, 8, 4);
BERTH_LAYOUT(berth_env_1, get, 16, 8, 8, 4);
BERTH_LAYOUT(berth_file_1, read, 16, 8, 8, 4);
BERTH_LAYOUT(berth_exec_1, run, 16, 8, 8, 4);
BERTH_LAYOUT(berth_http_header, value, 32, 16, 16, 8);
BERTH_LAYOUT(berth_http_request, repeatable, 80, 72, 48, 40);
BERTH_LAYOUT(berth_http_response, error, 64, 48, 36, 28);
BERTH_LAYOUT(berth_http_sink, take, 16, 8, 8, 4);
BERTH_LAYOUT(berth_http_1, send, 16, 8, 8, 4);
BERTH_LAYOUT(berth_crypto_1, sign_rs256, 32, 24, 16, 12);
BERTH_LAYOUT(berth_registry_error, repository, 56, 40, 28, 20);
BERTH_LAYOUT(berth_credential_request, accepted_kinds, 72, 64, 36, 32);
BERTH_LAYOUT(berth_credential, source, 64, 48, 40, 32);
BERTH_LAYOUT(berth_credential_sink, take, 16, 8, 8, 4);
BERTH_LAYOUT(berth_credentials_1, is_expired, 24, 16, 12, 8);
BERTH_LAYOUT(berth_explanations_1, explain, 16, 8, 8, 4);
BERTH_LAYOUT(berth_upload_rules, min_chunk_size, 32, 24, 32, 24);
BERTH_LAYOUT(berth_upload_rules_1, rules, 16, 8, 8, 4);
BERTH_LAYOUT(berth_plugin, push_image, 72, 64, 40, 36);
#endif
#undef BERTH_LAYOUT
#undef BERTH_BY_WIDTH

/* The note
 *
 * One allocated ELF note (section .note.berth, found through PT_NOTE), owner "berth", type 1, at
 * most 1 MiB. Descriptor, little endian: u32 major, u32 min_host_minor, then at most 4,096 entries
 * {u16 key, u32 length, bytes} in any order. Claims, permissions and findings may repeat, other
 * keys may not. Strings are UTF-8 without control characters, 1 to 512 bytes (permissions: 4,096,
 * settings: longer). Texts for people (descriptions and hints) are truncated, a longer name,
 * version or permission is refused.
 *
 * The two numbers, BERTH_NOTE_FLAVOR and BERTH_NOTE_VERSION have this form in every major version,
 * so that a host can name a plugin that it does not support. A host ignores notes of other major
 * versions: one file can have a note and a symbol for each of two.
 *
 * A host of an earlier version reads what it knows:
 * - Keys 1 to 0x3fff are berth's, 0x4000 to 0x7fff are for others. A host ignores a key that it
 * does not know, unless the key has the bit BERTH_NOTE_MUST_UNDERSTAND: then it refuses the plugin.
 * - It never grants a permission of an unknown form, but shows and pins it as it is. The service
 *   is then not there or returns BERTH_STATUS_REFUSED.
 * - It skips claims of an unknown form, findings of an unknown severity, settings of an unknown
 *   type, and keys of the schema that begin with "x-".
 * What it skips it reports as a remark ("berth flavor why"). What it cannot skip, it refuses as
 * made for a later version, never as malformed.
 */
#define BERTH_NOTE_OWNER "berth"
#define BERTH_NOTE_TYPE 1
#define BERTH_NOTE_MUST_UNDERSTAND 0x8000
#define BERTH_NOTE_FLAVOR 1      /* required: [a-z0-9][a-z0-9-]*, at most 63 bytes */
#define BERTH_NOTE_VERSION 2     /* required */
#define BERTH_NOTE_DESCRIPTION 3 /* one sentence */
#define BERTH_NOTE_SETTINGS \
  4                        /* the settings' schema, a flat subset of JSON Schema: sdk/README.md */
#define BERTH_NOTE_CLAIM 5 /* a host: "*.example.com", "registry.example.com:5000", "*" */
/* "env:NAME"; "file:CHOICES", "exec:CHOICES", "http:CHOICES"; or "KIND:{KEY in CHOICES}": the value
 * of a key in a file (JSON, or lines of KEY = VALUE). CHOICES are separated by |; the first whose
 * variables are set is used. Files: "/PATH", "~/PATH", "$NAME", "$NAME/PATH"; * in PATH matches any
 * characters except a slash. Programs: a name, "/PATH", "$NAME". Hosts: "example.com",
 * "*.example.com", with ":PORT", with "http://" for a host without TLS, "$NAME", "{uri}" for the
 * container registry's own.
 * "http:{setting NAME}", "file:{setting NAME}", "exec:{setting NAME}": the host, or the absolute
 * path, in a string setting of the flavor's own schema, if the user set it; a default in the schema
 * does not count. "credentials:HOST", "credentials:HOST:PORT": requests of http/1 to that host,
 * over TLS, may contain the user's credentials for the container registry. */
#define BERTH_NOTE_PERMISSION 6
#define BERTH_NOTE_USERNAME_HINT 7 /* the user name that `berth login` expects: "your Acme id" */
/* The password that it expects, and where to create it: "a token of acme.example/me". */
#define BERTH_NOTE_PASSWORD_HINT 8
/* A kind of finding: code, severity (info, warning, error) and description, separated by spaces. */
#define BERTH_NOTE_FINDING 9
/* The version of this header that the plugin was compiled with: BERTH_ABI_VERSION. It is not a
 * requirement: that is min_host_minor. */
#define BERTH_NOTE_BUILT_WITH 10
#define BERTH_NOTE_SDK_VERSION 11 /* of the SDK, if it wrote the note: "0.1.0" */
/* The ids of all extensions that query returns, separated by spaces; may be empty. The host does
 * not call others, and knows them without running the plugin. Without this entry it queries the
 * plugin. */
#define BERTH_NOTE_EXTENSIONS 12

/* A note in C. The entries are a macro whose parameter is applied to each: a member name, a key and
 * a string literal.
 *
 *   #define ACME_ENTRIES(ENTRY)                      \
 *     ENTRY(flavor, BERTH_NOTE_FLAVOR, "acme")       \
 *     ENTRY(version, BERTH_NOTE_VERSION, "1.2.0")    \
 *     ENTRY(claim, BERTH_NOTE_CLAIM, "*.acme.example")
 *   BERTH_C_NOTE(ACME_ENTRIES, 0)
 *
 * defines the note, with min_host_minor 0, and BERTH_C_METADATA and BERTH_C_METADATA_SIZE for the
 * descriptor. */
#ifndef __cplusplus
#if defined(__has_attribute)
#if __has_attribute(nonstring)
#define BERTH_DETAIL_NONSTRING __attribute__((nonstring))
#endif
#endif
#ifndef BERTH_DETAIL_NONSTRING
#define BERTH_DETAIL_NONSTRING
#endif
#define BERTH_DETAIL_U16(value) (uint8_t)((value)&255), (uint8_t)((value) >> 8 & 255)
#define BERTH_DETAIL_U32(value) BERTH_DETAIL_U16(value), BERTH_DETAIL_U16((value) >> 16)
#define BERTH_DETAIL_NOTE_MEMBERS(name, key, text) \
  uint8_t name##_key[6];                           \
  char name[sizeof(text) - 1] BERTH_DETAIL_NONSTRING;
#define BERTH_DETAIL_NOTE_VALUES(name, key, text) \
  {BERTH_DETAIL_U16(key), BERTH_DETAIL_U32(sizeof(text) - 1)}, text,
#define BERTH_C_NOTE(ENTRIES, MIN_HOST_MINOR)                                               \
  struct berth_c_metadata {                                                                 \
    uint8_t versions[8];                                                                    \
    ENTRIES(BERTH_DETAIL_NOTE_MEMBERS)                                                      \
  };                                                                                        \
  static const struct berth_c_metadata berth_c_metadata = {                                 \
      {BERTH_DETAIL_U32(BERTH_ABI_MAJOR), BERTH_DETAIL_U32(MIN_HOST_MINOR)},                \
      ENTRIES(BERTH_DETAIL_NOTE_VALUES)};                                                   \
  BERTH_NOTE_SECTION static const struct {                                                  \
    uint32_t owner_size, size, type;                                                        \
    char owner[8];                                                                          \
    struct berth_c_metadata metadata;                                                       \
  } berth_c_note = {sizeof(BERTH_NOTE_OWNER),                                               \
                    sizeof(struct berth_c_metadata),                                        \
                    BERTH_NOTE_TYPE,                                                        \
                    BERTH_NOTE_OWNER,                                                       \
                    {{BERTH_DETAIL_U32(BERTH_ABI_MAJOR), BERTH_DETAIL_U32(MIN_HOST_MINOR)}, \
                     ENTRIES(BERTH_DETAIL_NOTE_VALUES)}};
#define BERTH_C_METADATA ((const uint8_t*)&berth_c_metadata)
#define BERTH_C_METADATA_SIZE (sizeof(struct berth_c_metadata))
#endif

#ifdef __cplusplus
}
#endif

#endif
