package mailer

// What the tests look at from outside.
var (
	Failed = failed
	Read   = read
)
