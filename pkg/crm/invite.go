package crm

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

const (
	// A participation's invite token holds its opportunity, its activity and the
	// fingerprint of its access token: crm-tool:42:1234:0f…. If a client opens
	// Odoo's page for another attempt, every version of Odoo makes another
	// participation with the same invite token.
	invitePrefix = "crm-tool:"
	// AnyInvite is a pattern for the invite tokens of our participations.
	AnyInvite = invitePrefix + "%"

	// NicknameOpen is the nickname of a participation that was not processed.
	NicknameOpen = "crm-tool: asked"
)

// ClosedNickname returns the nickname of a participation that was closed so.
func ClosedNickname(how string) string { return "crm-tool: " + how }

// InvitesAbout returns a pattern for the invite tokens about an activity.
func InvitesAbout(activity EntryID) string { return fmt.Sprintf("%s%%:%d:%%", invitePrefix, activity) }

// InviteToken returns the invite token of a participation that is to be made.
func (p Participation) InviteToken() string {
	return fmt.Sprintf("%s%d:%d:%s", invitePrefix, p.Opportunity, p.Activity, fingerprint(p.Token))
}

// fingerprint identifies the access token of the participation that was made for
// a client. Further attempts, which the client began, have other tokens.
func fingerprint(access AccessToken) string {
	sum := sha256.Sum256([]byte("crm-tool participation " + string(access)))
	return hex.EncodeToString(sum[:16])
}

var invite = regexp.MustCompile(`^crm-tool:([0-9]{1,18}):([0-9]{1,18}):([0-9a-f]{32})$`)

// ReadInvite sets what the invite token says. That of somebody else says nothing.
func (p *Participation) ReadInvite() {
	parts := invite.FindStringSubmatch(string(p.Invite))
	if parts == nil {
		return
	}
	opportunity, _ := strconv.ParseInt(parts[1], 10, 64) // They have at most 18 digits.
	activity, _ := strconv.ParseInt(parts[2], 10, 64)
	p.Opportunity, p.Activity = OpportunityID(opportunity), EntryID(activity)
	p.Again = parts[3] != fingerprint(p.Token)
}

// SurveyKey identifies a questionnaire's survey. Another content, of which this is the
// hash, makes another survey, so that old answers keep their questions.
func SurveyKey(questionnaire, language, hash string) string {
	return fmt.Sprintf("%s_%s_%s", strings.ReplaceAll(questionnaire, "-", "_"), strings.ToLower(language), hash)
}

// SurveyToken returns the part of the survey's addresses that identifies it, where
// external ids are made without a key. It is made of the survey's key, so that one
// search finds the survey; it alone gives no access.
func SurveyToken(key string) string {
	sum := sha256.Sum256([]byte("crm-tool survey " + key))
	return hex.EncodeToString(sum[:16])
}
