# Stands in for Homebrew: reads a formula, installs it from the sources in the current folder, and runs its test.
# ruby homebrew.rb FORMULA PREFIX

require "fileutils"
require "open3"
require "pathname"

class Pathname
  def install_symlink(target)
    mkpath
    (self/target.basename).make_symlink(target)
  end
end

class Formula
  class << self
    attr_reader :facts, :block

    def method_missing(name, value)
      (@facts ||= {})[name] = value
    end

    def respond_to_missing?(*)
      true
    end

    # `test` is a method of all objects.
    define_method(:test) { |&block| @block = block }
  end

  def initialize(prefix)
    @prefix = Pathname(prefix)
  end

  def buildpath = Pathname.pwd
  def libexec = @prefix/"libexec"
  def bin = @prefix/"bin"
  def version = self.class.facts.fetch(:url)[/v([\d.]+)\//, 1]

  def system(*command)
    words = command.map(&:to_s)
    Kernel.system(*words) || abort("#{words.join(" ")} failed")
  end

  def generate_completions_from_executable(*command, shells:)
    shells.each { |shell| system(*command, shell) }
  end

  def shell_output(command) = `#{command}`

  def pipe_output(command, input, code)
    output, status = Open3.capture2(command, stdin_data: input)
    abort("#{command} exits with #{status.exitstatus}") if status.exitstatus != code
    output
  end

  def assert_equal(wanted, found) = wanted == found || abort("#{found.inspect} is not #{wanted.inspect}")
  def assert_match(wanted, found) = found.include?(wanted) || abort("#{found.inspect} lacks #{wanted.inspect}")
end

load ARGV[0]
formula = Krmfn.new(ARGV[1])
formula.install
formula.instance_eval(&Krmfn.block)
