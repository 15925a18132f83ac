package hostfile

// Patience is how long a file may take.
const Patience = patience
