/** Where the time goes: every kernel call by module and op, with its arithmetic and traffic. */
package org.stabledino.tensor.profile;
