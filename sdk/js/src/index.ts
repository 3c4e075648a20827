export { Evaluator, type LoadOptions, type Source } from "./evaluator.js";
export { Policy, type OpenOptions } from "./policy.js";
export { readBundle, type Bundle, type BundleOptions } from "./bundle/open.js";
export type { VerifyKey } from "./bundle/key.js";
export type { Limits } from "./bundle/limits.js";
export type { Manifest, Part, Subset } from "./bundle/manifest.js";
export {
  AbiError, BundleError, ClosedError, LictorError, MalformedRequestError, SignatureError,
  type BundleFault, type SignatureFault,
} from "./errors.js";
export type * from "./request.js";
