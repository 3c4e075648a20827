import type { MalformedRequestError } from "./errors.js";

/** A value of JSON. Integers beyond 2⁵³ are exact only as bigint. */
export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** Named values that conditions may look at. */
export type Properties = { readonly [name: string]: JsonValue };

/** Who asks. */
export interface Subject {
  type: string;
  id: string;
  /** They overlay the stored ones, unless `callers` says otherwise. */
  properties?: Properties;
}

/** Under which circumstances something is asked. */
export interface Circumstances {
  context?: Properties;
  /** The code of the organisation asked for. */
  organisation?: string;
  /** Claims that the host has verified. Take them out of what an end user sent. */
  token?: Properties;
  /** Seconds since 1970, an integer; the host's clock when absent. Take it out of what an end user sent. */
  now?: number;
}

interface Question extends Circumstances {
  subject: Subject;
  /** One policy must cover all of a permission. */
  strict?: boolean;
}

/** An access evaluation of AuthZEN: names are literal values and never parsed. */
export interface NamedRequest extends Question {
  action: { name: string; properties?: Properties };
  /** A type may carry a namespace, as "ns/type". */
  resource: { type: string; id: string; properties?: Properties };
  /** The fourth part of the permission. */
  attribute?: string;
}

interface PropertiesOnly {
  action?: { properties?: Properties };
  resource?: { properties?: Properties };
}

/** Asks for a permission string, such as "newsletter:read,write". */
export interface PermissionRequest extends Question, PropertiesOnly {
  permission: string;
}

/** Asks for several permission strings, all of which must be allowed. */
export interface PermissionsRequest extends Question, PropertiesOnly {
  permissions: readonly string[];
}

/** What a policy is asked. */
export type Request = NamedRequest | PermissionRequest | PermissionsRequest;

/** The stable reason of a decision. "allowed" is the only one that allows. */
export type Code =
  | "allowed"
  | "denied_by_policy"
  | "denied_condition_unknown"
  | "no_grant"
  | "condition_false"
  | "condition_unknown"
  | "scope_insufficient"
  | "subject_inactive";

/** An answer. */
export interface Decision {
  allowed: boolean;
  code: Code;
  /** The ids of the policies that decided, ascending. */
  policies: number[];
}

/** What stands in the place of a decision for a request that is malformed. */
export interface Refusal {
  allowed: false;
  error: MalformedRequestError;
}

/** A policy as a reason of a decision. */
export interface Reason {
  id: number;
  decision: "ALLOW" | "DENY";
  permission: string;
  owner?: string;
  held_through?: string;
  /** "file:line"; not there in a bundle for clients. */
  source?: string;
  condition?: string;
}

/** A decision with what is known about it. Its sentences are for people; programs use the code. */
export interface Explanation extends Decision {
  text: string;
  /** What is known of each of `policies`. */
  reasons: Reason[];
  /** The permissions that are not allowed, when the decision denies. */
  missing: string[];
  /** Grants that come close to the first of them. */
  nearest: Reason[];
}

/** One of a subject's calculated policies, as the entrypoint lictor/authz/policies of a bundle gives it. */
export interface CalculatedPolicy {
  id: number;
  decision: "ALLOW" | "DENY";
  permission: string;
  /** The condition as text; null for none. Whether it holds is not looked at. */
  condition: string | null;
  /** The organisation asked for, where the policy is held there only. */
  organisation: string | null;
}

/** What a condition sees: of these members those that its rule reads and that are there. */
export interface Environment {
  subject?: JsonValue;
  action?: JsonValue;
  resource?: JsonValue;
  context?: JsonValue;
  organisation?: string;
  token?: JsonValue;
  now?: number;
}

/**
 * Evaluates what only Rego can: the rule of that name in package lictor.conditions of the bundle. The text is the environment as JSON,
 * whose numbers have all of their digits. undefined, like an exception, says that it cannot be evaluated, which lets nobody in. It must
 * not ask the policy that asks it.
 */
export type EvaluateCondition = (rule: string, environment: Environment, text: string) => boolean | undefined;
