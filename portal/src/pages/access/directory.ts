// What it takes to change the directory, which is nobody's project: the actions are held at everything.

export const EVERYTHING = '/'
export const INVITE = 'Cupola.Identity/users/invite/action'
export const CHANGE = 'Cupola.Identity/principals/write'
export const DELETE = 'Cupola.Identity/principals/delete'
