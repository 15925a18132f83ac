package crm

// SurveyAccess is what a user can do with surveys.
type SurveyAccess string

// What there can be.
const (
	// SurveysReady: he can make them.
	SurveysReady SurveyAccess = "ready"
	// SurveysForbidden: the Survey app is there, and he may not use it.
	SurveysForbidden SurveyAccess = "forbidden"
	// SurveysMissing: Odoo lacks the Survey app.
	SurveysMissing SurveyAccess = "missing"
)
