package notation

import "strings"

// FeedbackRule chooses a questionnaire, or "none", for a type of activity, both by
// their names.
type FeedbackRule struct {
	ActivityType  string
	Questionnaire string
}

// ParseFeedbackRules reads Meeting=nps,Call=none.
func ParseFeedbackRules(text string) ([]FeedbackRule, error) {
	return parseList(text, "activity types with questionnaires, as in Meeting=nps,Call=none", parseFeedbackRule)
}

// parseFeedbackRule reads Meeting=nps.
func parseFeedbackRule(item string) (FeedbackRule, bool) {
	kind, name, _ := strings.Cut(item, "=")
	r := FeedbackRule{ActivityType: strings.TrimSpace(kind), Questionnaire: strings.TrimSpace(name)}
	return r, r.ActivityType != "" && r.Questionnaire != ""
}
