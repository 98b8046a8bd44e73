"""Errors as the API tells them: a status, and a body with code, message and reasons."""

from typing import Any

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
}

_WORDS = {
    "notFound": "Requested entity was not found.",
    "authError": (
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
    ),
    "rateLimitExceeded": "Rate Limit Exceeded",
    "userRateLimitExceeded": (
        "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service "
        "'gmail.googleapis.com' for consumer 'project_number:1234567890'."
    ),
    "dailyLimitExceeded": "Daily Limit Exceeded",
    "quotaExceeded": "Quota exceeded",
    "insufficientPermissions": "Request had insufficient authentication scopes.",
    "accessNotConfigured": (
        "Gmail API has not been used in project 1234567890 before or it is disabled. Enable it by visiting "
        "https://console.developers.google.com/apis/api/gmail.googleapis.com/overview?project=1234567890 then retry."
    ),
    "domainPolicy": "The domain administrators have disabled Gmail apps.",
    "failedPrecondition": "Mail service not enabled",
    "backendError": "Backend Error",
    "internalError": "Internal error encountered.",
}


class ApiError(Exception):
    """`reason` is Google's word for it; without `message` the usual sentence stands."""

    def __init__(self, status: int, reason: str, message: str = "") -> None:
        super().__init__(f"{status} {reason} {message}")
        self.status = status
        self.reason = reason
        self.message = message or _WORDS.get(reason, reason)

    def body(self) -> dict[str, Any]:
        domain = "usageLimits" if self.status in (403, 429) else "global"
        told: dict[str, Any] = {"message": self.message, "domain": domain, "reason": self.reason}
        if self.status == 401:
            told |= {"message": "Invalid Credentials", "location": "Authorization", "locationType": "header"}
        error: dict[str, Any] = {
            "code": self.status,
            "message": self.message,
            "errors": [told],
            "status": _STATUS.get(self.status, "UNKNOWN"),
        }
        return {"error": error}


def invalid(message: str) -> ApiError:
    return ApiError(400, "invalidArgument", message)


def not_found() -> ApiError:
    return ApiError(404, "notFound")
