package mailing

import (
	"time"
)

// MaxAttempts is how many times mails are read, planned and claimed without one
// of them being begun before they are left to the next run.
const MaxAttempts = 3

// MaxAge is for how long what was read from Odoo may be acted on; a mail
// begun at the last moment is still within a minute of the reading.
const MaxAge = 50 * time.Second
