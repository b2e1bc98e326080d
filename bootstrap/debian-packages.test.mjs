import { describe, expect, it } from 'vitest';
import { archiveUris, withLibraries } from './debian-packages.mjs';

describe('what APT says', () => {
  it('names archives: plain suites with a component main, each once', () => {
    const lines = [
      "'http://mirror.test/debian/dists/bookworm/InRelease' x 0",
      "'http://mirror.test/debian/dists/bookworm/main/binary-amd64/Packages.xz' x 0",
      "'http://mirror.test/debian/dists/bookworm/main/binary-all/Packages.xz' x 0",
      "'http://mirror.test/debian/dists/bookworm-updates/main/binary-amd64/Packages.xz' x 0",
      "'http://mirror.test/debian-security/dists/bookworm-security/main/binary-amd64/Packages.xz' x 0",
      "'https://docker.test/linux/debian/dists/bookworm/stable/binary-amd64/Packages.bz2' x 0",
      "'mirror+file:/etc/apt/mirrors/debian.list/dists/stable/main/binary-amd64/Packages.xz' x 0",
    ];
    expect(archiveUris(lines.join('\n'))).toEqual(['http://mirror.test/debian', 'mirror+file:/etc/apt/mirrors/debian.list']);
  });

  it('leads to all libraries, and to no other package', () => {
    const said = {
      haproxy: 'haproxy\n  Depends: libc6\n |Depends: libssl3t64\n  Depends: adduser\n  Depends: <virtual>\n    libnot\n',
      'libc6 libssl3t64': 'libc6\n  PreDepends: libgcc-s1\nlibssl3t64\n  Depends: libc6\n  Depends: zlib1g\n  Depends: debconf\n',
      'libgcc-s1 zlib1g': 'libgcc-s1\n  Depends: gcc-14-base\n  Depends: libc6\nzlib1g\n  Depends: libc6\n',
    };
    expect(withLibraries('haproxy', (names) => said[names.join(' ')])).toEqual(['haproxy', 'libc6', 'libssl3t64', 'libgcc-s1', 'zlib1g']);
  });
});
