namespace LlmConsole.Core.Wire;

/// <summary>The closed set of errors that the API sends. <c>/docs/errors</c> has one anchor per code.</summary>
/// <param name="Code">The <c>error.code</c> that clients see.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Type">The <c>error.type</c>, in OpenAI's words.</param>
public sealed record ErrorCode(string Code, int Status, string Type)
{
    private const string InvalidRequest = "invalid_request_error";
    private const string Idempotency = "idempotency_error";

    public static readonly ErrorCode InvalidJson = new("invalid_json", 400, InvalidRequest);
    public static readonly ErrorCode InvalidValue = new("invalid_value", 400, InvalidRequest);
    public static readonly ErrorCode ArrayTooLong = new("array_above_max_length", 400, InvalidRequest);
    public static readonly ErrorCode ContextLengthExceeded = new("context_length_exceeded", 400, InvalidRequest);
    public static readonly ErrorCode ContentFilter = new("content_filter", 400, InvalidRequest);
    public static readonly ErrorCode ConflictingCredentials = new("conflicting_credentials", 400, InvalidRequest);
    public static readonly ErrorCode InvalidApiKey = new("invalid_api_key", 401, "authentication_error");
    public static readonly ErrorCode KeyExpired = new("key_expired", 401, "authentication_error");
    public static readonly ErrorCode PermissionDenied = new("permission_denied", 403, "permission_error");
    public static readonly ErrorCode ModelNotAllowed = new("model_not_allowed", 403, "permission_error");
    public static readonly ErrorCode TenantSuspended = new("tenant_suspended", 403, "permission_error");
    public static readonly ErrorCode ModelNotFound = new("model_not_found", 404, InvalidRequest);
    public static readonly ErrorCode NotFound = new("not_found", 404, InvalidRequest);
    public static readonly ErrorCode MethodNotAllowed = new("method_not_allowed", 405, InvalidRequest);
    public static readonly ErrorCode RequestTimeout = new("request_timeout", 408, InvalidRequest);
    public static readonly ErrorCode Conflict = new("conflict", 409, InvalidRequest);
    public static readonly ErrorCode IdempotencyInProgress = new("idempotency_in_progress", 409, Idempotency);
    public static readonly ErrorCode IdempotencyAnswerUnavailable = new("idempotency_answer_unavailable", 409, Idempotency);
    public static readonly ErrorCode CacheMiss = new("cache_miss", 412, InvalidRequest);
    public static readonly ErrorCode BodyTooLarge = new("body_too_large", 413, InvalidRequest);
    public static readonly ErrorCode UnsupportedMediaType = new("unsupported_media_type", 415, InvalidRequest);
    public static readonly ErrorCode IdempotencyMismatch = new("idempotency_mismatch", 422, Idempotency);
    public static readonly ErrorCode HeadersTooLarge = new("headers_too_large", 431, InvalidRequest);
    public static readonly ErrorCode RateLimitExceeded = new("rate_limit_exceeded", 429, "rate_limit_error");
    public static readonly ErrorCode InsufficientQuota = new("insufficient_quota", 429, "insufficient_quota");
    public static readonly ErrorCode SpendLimitReached = new("spend_limit_reached", 429, "insufficient_quota");
    public static readonly ErrorCode InternalError = new("internal_error", 500, "api_error");
    public static readonly ErrorCode UpstreamError = new("upstream_error", 502, "upstream_error");
    public static readonly ErrorCode InvalidResult = new("invalid_result", 502, "upstream_error");
    public static readonly ErrorCode Overloaded = new("overloaded", 503, "overloaded");
    public static readonly ErrorCode Timeout = new("timeout", 504, "timeout");

    /// <summary>Every code, for the documentation and its test.</summary>
    public static readonly IReadOnlyList<ErrorCode> All =
    [
        InvalidJson, InvalidValue, ArrayTooLong, ContextLengthExceeded, ContentFilter, ConflictingCredentials, InvalidApiKey, KeyExpired, PermissionDenied,
        ModelNotAllowed, TenantSuspended, ModelNotFound, NotFound, MethodNotAllowed, RequestTimeout, Conflict, IdempotencyInProgress,
        IdempotencyAnswerUnavailable, CacheMiss, BodyTooLarge, UnsupportedMediaType, IdempotencyMismatch, HeadersTooLarge, RateLimitExceeded, InsufficientQuota,
        SpendLimitReached, InternalError, UpstreamError, InvalidResult, Overloaded, Timeout,
    ];
}
