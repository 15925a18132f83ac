package crm

// Reason is why nothing was done about a record. The set is closed and part of the
// public interface.
type Reason string

// The reasons.
const (
	NoEmail          Reason = "no-email"
	BadEmail         Reason = "bad-email"
	Blacklisted      Reason = "blacklisted"
	Bounced          Reason = "bounced"
	RefusedByServer  Reason = "refused"
	Won              Reason = "won"
	Replied          Reason = "replied"
	Missed           Reason = "missed"
	Superseded       Reason = "superseded"
	AlreadyDone      Reason = "already-done"
	ClaimedElsewhere Reason = "claimed-elsewhere"
	IsUncertain      Reason = "uncertain"
	OutsideWindow    Reason = "outside-window"
	OverLimit        Reason = "limit"
	Interrupted      Reason = "interrupted"
	Gone             Reason = "gone"
	WasRestored      Reason = "restored"
	Changed          Reason = "changed"
	OpenActivity     Reason = "open-activity"
	KeptStage        Reason = "kept-stage"
	KeptTag          Reason = "kept-tag"
	Unanswered       Reason = "unanswered"
	ReminderPending  Reason = "reminder-pending"
	KeptAnswer       Reason = "kept-answer"
	Excluded         Reason = "excluded"
	BeforeInstall    Reason = "before-install"
	Cooldown         Reason = "cooldown"
	Expired          Reason = "expired"
	OptedOut         Reason = "opted-out"
	SnoozedUntil     Reason = "snoozed"
	Away             Reason = "away"
	Unhappy          Reason = "unhappy"
	ActivityPlanned  Reason = "activity-planned"
	SalespersonWrote Reason = "salesperson-wrote"
	Frozen           Reason = "frozen"
	OffHours         Reason = "off-hours"
	RuleExcluded     Reason = "rule-excluded"
	RecentlyMailed   Reason = "recently-mailed"
)
